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
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The trusted refs whose caches can seed a ref's volume: the nearest branches in the commit history, then the default
 * branch.
 *
 * @param compared branches and their commits, whose distance from the ref's commit decides; empty if there is no choice
 * @param defaultBranch full name; empty if the default branch is not trusted
 */
public record SeedRefs(SortedMap<String, String> compared, Optional<String> defaultBranch) {
    /** The operator fetches the history of each of them. */
    private static final int MOST_COMPARED = 16;
    /** Very likely one of them has a cache. The operator looks up all of them each time that it chooses a seed. */
    private static final int MOST_NEARER = 3;

    /**
     * Returns the seed refs that a ref can have: the default branch, and the branches that match a pattern of {@code trust}
     * with a fixed beginning, such as {@code release/*}. A pattern that begins with a wildcard makes branches trusted, but
     * not seeds for each other.
     *
     * @param spec with the defaults of {@code spec.trust} filled in
     * @param commits full names of all the repository's refs to their commits
     * @param head branch that the repository's HEAD points to, null if it points to none
     */
    public static SeedRefs of(PipelineSpec spec, String ref, Map<String, String> commits, @Nullable String head) {
        var trustedHead = Optional.ofNullable(head).filter(name -> isTrustedBranch(spec, name));
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
            Stream.concat(trustedHead.stream(), inOrderOfLikelyUse(spec, others))
                    .distinct()
                    .limit(MOST_COMPARED)
                    .forEach(name -> compared.put(name, commits.get(name)));
        }
        return new SeedRefs(compared, trustedHead);
    }

    /**
     * Returns the seed refs, best first. A branch that is not nearer than the default branch is left out.
     *
     * @param distances in commits, of the compared branches from the ref's commit; a branch of unknown distance is missing
     */
    public List<String> choose(Map<String, Integer> distances) {
        var limit = defaultBranch.map(distances::get).orElse(Integer.MAX_VALUE);
        var nearer = distances.entrySet().stream()
                .filter(branch -> branch.getValue() < limit)
                .sorted(Map.Entry.<String, Integer>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
                .map(Map.Entry::getKey)
                .limit(MOST_NEARER);
        return Stream.concat(nearer, defaultBranch.stream()).toList();
    }

    private static boolean isTrustedBranch(PipelineSpec spec, String name) {
        var ref = GitRef.of(name);
        return ref.kind() == GitRef.Kind.BRANCH && RefFilter.trust(spec.trusted(), ref) == Trust.Trusted;
    }

    /** Followed branches come first, because only they have caches. Then high names: usually those of the latest releases. */
    private static Stream<String> inOrderOfLikelyUse(PipelineSpec spec, List<String> branches) {
        var followed = RefFilter.of(spec.triggers().branches(), List.of(), false);
        var sorted = branches.stream().sorted(Comparator.reverseOrder()).toList();
        return Stream.concat(sorted.stream().filter(name -> followed.matches(GitRef.of(name))), sorted.stream());
    }
}
