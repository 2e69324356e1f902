package dev.hearth.core.trigger;

import dev.hearth.api.Reason;
import dev.hearth.api.StartPreview;
import dev.hearth.api.TriggersSpec;
import dev.hearth.core.glob.RefPattern;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.ref.RefFilter;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.Text;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The consequences of a listing of a repository's refs.
 *
 * @param starts refs that need a run of their commit, branches first and pull requests last
 * @param waiting number of further refs that need a run, which a later listing starts
 * @param ledger the ref record once those runs exist
 * @param problem a likely mistake in the triggers
 */
public record RefChanges(List<Start> starts, int waiting, RefLedger ledger, Optional<StatusReason> problem) {
    /** Starts of one group in one listing: more than the limit of unfinished runs, and few enough to save memory. */
    static final int MAX_STARTS = 1000;

    /** Of a branch in a message, which has several. */
    private static final int LONGEST_NAME = 100;

    /** A run to start. */
    public record Start(GitRef ref, String commit) {}

    /**
     * Compares the ref record with a listing.
     *
     * @param before the ref record; a group that was never listed is missing
     * @param refs commits of all refs of the repository, by full ref name
     */
    public static RefChanges between(RefLedger before, Map<String, String> refs, TriggersSpec triggers) {
        var filter = RefFilter.of(
                triggers.branches(), triggers.tags(), triggers.pullRequests().enabled());
        var after = new RefLedger.Builder().listed(RefGroup.PUSHED);
        if (triggers.pullRequests().enabled()) {
            after.listed(RefGroup.PULL_REQUESTS);
        }
        var starts = new ArrayList<Start>();
        refs.forEach((name, commit) -> {
            var ref = GitRef.of(name);
            if (filter.follows(ref)) {
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
                .flatMap(all -> all.stream().limit(MAX_STARTS))
                .toList();
        var later = groups.values().stream()
                .flatMap(all -> all.stream().skip(MAX_STARTS))
                .toList();
        return new RefChanges(now, later.size(), after.build().without(later), missingBranch(refs, triggers));
    }

    /** Returns the runs to start, for a pipeline that is suspended. */
    public StartPreview preview() {
        return new StartPreview(
                starts.size() + waiting,
                starts.stream()
                        .limit(StartPreview.MOST)
                        .map(start -> new StartPreview.Start(start.ref().name(), start.commit()))
                        .toList());
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
        var branches = refs.keySet().stream()
                .map(GitRef::of)
                .filter(ref -> ref.kind() == GitRef.Kind.BRANCH)
                .map(GitRef::shortName)
                .sorted()
                .limit(8)
                .map(name -> Text.abbreviate(name, LONGEST_NAME))
                .toList();
        var existing = branches.isEmpty() ? "it has no branches yet" : "it has " + String.join(", ", branches);
        return "spec.triggers.branches names " + branch + ", which the repository does not have: " + existing;
    }
}
