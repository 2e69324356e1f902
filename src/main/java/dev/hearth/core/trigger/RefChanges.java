package dev.hearth.core.trigger;

import dev.hearth.api.Reason;
import dev.hearth.api.TriggersSpec;
import dev.hearth.core.glob.RefPattern;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.ref.RefFilter;
import dev.hearth.core.status.StatusReason;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a look at the repository's refs leads to.
 *
 * @param starts refs that need a run of their commit, branches first and pull requests last
 * @param waiting how many more refs moved, which a later look starts
 * @param ledger what has been dealt with once those runs exist
 * @param problem why the triggers cannot be what their author meant
 */
public record RefChanges(List<Start> starts, int waiting, RefLedger ledger, Optional<StatusReason> problem) {
    /** Starts of one group that a look leads to: more than runs may wait, and few enough for the memory of many looks. */
    static final int MOST = 1000;

    /** A run to start. */
    public record Start(GitRef ref, String commit) {}

    /**
     * Compares two looks.
     *
     * @param before without a group that was not looked at
     * @param refs full ref name to commit, all of the repository
     */
    public static RefChanges between(RefLedger before, Map<String, String> refs, TriggersSpec triggers) {
        var filter = RefFilter.of(
                triggers.branches(), triggers.tags(), triggers.pullRequests().enabled());
        var after = new RefLedger.Builder().looked(RefGroup.PUSHED);
        if (triggers.pullRequests().enabled()) {
            after.looked(RefGroup.PULL_REQUESTS);
        }
        var starts = new ArrayList<Start>();
        refs.forEach((name, commit) -> {
            var ref = GitRef.of(name);
            if (filter.matches(ref)) {
                after.add(ref, commit);
                if (starts(before, ref, commit)) {
                    starts.add(new Start(ref, commit));
                }
            }
        });
        starts.sort(Comparator.comparing((Start start) -> start.ref().kind())
                .thenComparing(start -> start.ref().name()));
        var groups = starts.stream()
                .collect(Collectors.groupingBy(
                        start -> RefGroup.of(start.ref()), () -> new EnumMap<>(RefGroup.class), Collectors.toList()));
        var now = groups.values().stream()
                .flatMap(all -> all.stream().limit(MOST))
                .toList();
        var later =
                groups.values().stream().flatMap(all -> all.stream().skip(MOST)).toList();
        return new RefChanges(now, later.size(), after.build().without(later), missingBranch(refs, triggers));
    }

    private static boolean starts(RefLedger before, GitRef ref, String commit) {
        var group = RefGroup.of(ref);
        return before.group(group)
                .map(known -> !known.contains(ref.name(), commit))
                .orElse(group == RefGroup.PUSHED);
    }

    private static Optional<StatusReason> missingBranch(Map<String, String> refs, TriggersSpec triggers) {
        return triggers.branches().stream()
                .filter(branch -> RefPattern.of(branch).isPlain())
                .filter(branch -> !refs.containsKey("refs/heads/" + branch))
                .findFirst()
                .map(branch -> new StatusReason(Reason.BranchNotFound, missing(branch, refs)));
    }

    private static String missing(String branch, Map<String, String> refs) {
        var some = refs.keySet().stream()
                .map(GitRef::of)
                .filter(ref -> ref.kind() == GitRef.Kind.BRANCH)
                .map(GitRef::shortName)
                .sorted()
                .limit(8)
                .toList();
        var known = some.isEmpty() ? "it has no branches yet" : "it has " + String.join(", ", some);
        return "spec.triggers.branches names " + branch + ", which the repository does not have: " + known;
    }
}
