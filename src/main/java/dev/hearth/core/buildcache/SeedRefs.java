package dev.hearth.core.buildcache;

import dev.hearth.api.PipelineSpec;
import dev.hearth.api.Trust;
import dev.hearth.core.glob.RefPattern;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.ref.RefFilter;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Trusted refs whose caches suit a ref's commit: the branches that it grew from, then the default branch.
 *
 * @param compared branches, with their commits, whose distance from the commit decides; none where nothing is to decide
 * @param defaultBranch if it is trusted
 */
public record SeedRefs(SortedMap<String, String> compared, Optional<String> defaultBranch) {
    /** Each one's history is fetched. */
    private static final int MOST_COMPARED = 16;
    /** One of them most likely has a cache; all are looked for whenever a volume starts. */
    private static final int MOST_NEARER = 3;

    /**
     * Those that a ref can have: the default branch, and branches that a pattern of {@code trust} names by how they begin. One
     * that matches names of any kind trusts their runs, and does not let each of them feed all others.
     *
     * @param spec with its trust in force
     * @param commits full names of all the repository's refs to their commits
     * @param head branch that the repository's HEAD points to
     */
    public static SeedRefs of(PipelineSpec spec, String ref, Map<String, String> commits, Optional<String> head) {
        var trustedHead = head.filter(name -> isTrustedBranch(spec, name));
        if (trustedHead.equals(Optional.of(ref))) {
            return new SeedRefs(new TreeMap<>(), trustedHead);
        }
        var named = new RefFilter(
                spec.trusted().branches().stream()
                        .map(RefPattern::of)
                        .filter(RefPattern::hasFixedStart)
                        .toList(),
                List.of(),
                false);
        var others = commits.keySet().stream()
                .filter(name ->
                        !name.equals(ref) && (trustedHead.equals(Optional.of(name)) || named.matches(GitRef.of(name))))
                .toList();
        var onlyDefault = trustedHead.map(List::of).equals(Optional.of(others));
        var compared = new TreeMap<String, String>();
        if (!onlyDefault) {
            byPromise(spec, others, trustedHead)
                    .limit(MOST_COMPARED)
                    .forEach(name -> compared.put(name, commits.get(name)));
        }
        return new SeedRefs(compared, trustedHead);
    }

    /**
     * The best first. One that is no nearer than the default branch is no better than it.
     *
     * @param distances of the compared branches from the commit, as far as they could be found out
     */
    public List<String> choose(Map<String, Integer> distances) {
        var enough = defaultBranch.map(distances::get).orElse(Integer.MAX_VALUE);
        var nearer = distances.entrySet().stream()
                .filter(branch -> branch.getValue() < enough)
                .sorted(Map.Entry.<String, Integer>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
                .map(Map.Entry::getKey)
                .limit(MOST_NEARER);
        return Stream.concat(nearer, defaultBranch.stream()).toList();
    }

    private static boolean isTrustedBranch(PipelineSpec spec, String name) {
        var ref = GitRef.of(name);
        return ref.kind() == GitRef.Kind.BRANCH && RefFilter.trust(spec.trusted(), ref) == Trust.Trusted;
    }

    /** Only what runs has a cache, and of releases the newest, which mostly has the highest name, is worked on most. */
    private static Stream<String> byPromise(PipelineSpec spec, List<String> branches, Optional<String> trustedHead) {
        var followed = RefFilter.of(spec.triggers().branches(), List.of(), false);
        var sorted = branches.stream().sorted(Comparator.reverseOrder()).toList();
        return Stream.of(
                        trustedHead.stream(),
                        sorted.stream().filter(name -> followed.matches(GitRef.of(name))),
                        sorted.stream())
                .flatMap(Function.identity())
                .distinct();
    }
}
