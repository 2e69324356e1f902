package dev.hearth.core.trigger;

import dev.hearth.api.Triggers;
import dev.hearth.core.diagnosis.Finding;
import dev.hearth.core.trust.Ref;
import dev.hearth.core.trust.RefFilter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a look at the repository's refs leads to.
 *
 * @param starts refs that need a run of their commit
 * @param ledger what has been dealt with once those runs exist
 * @param problem why the triggers cannot be what their author meant
 */
public record RefChanges(List<Start> starts, RefLedger ledger, Optional<Finding> problem) {

    /** A run to start. */
    public record Start(Ref ref, String commit) {}

    /**
     * Compares two looks.
     *
     * @param refs full ref name to commit, all of the repository
     * @param before empty at the first look. Pull requests seen then start nothing until their next push: a forge keeps
     *     the refs of all that were ever closed
     */
    public static RefChanges between(Optional<RefLedger> before, Map<String, String> refs, Triggers triggers) {
        var filter = new RefFilter(
                triggers.branches(), triggers.tags(), triggers.pullRequests().enabled());
        var followed = new TreeMap<String, String>();
        refs.forEach((name, commit) -> {
            if (filter.matches(Ref.of(name))) {
                followed.put(name, commit);
            }
        });
        var starts = followed.entrySet().stream()
                .map(entry -> new Start(Ref.of(entry.getKey()), entry.getValue()))
                .filter(start -> before.map(ledger -> !start.commit()
                                .equals(ledger.commits().get(start.ref().name())))
                        .orElse(start.ref().kind() != Ref.Kind.PULL_REQUEST))
                .toList();
        return new RefChanges(starts, new RefLedger(followed), missingBranch(refs, triggers));
    }

    private static Optional<Finding> missingBranch(Map<String, String> refs, Triggers triggers) {
        return triggers.branches().stream()
                .filter(RefFilter::isPlain)
                .filter(branch -> !refs.containsKey("refs/heads/" + branch))
                .findFirst()
                .map(branch -> new Finding("BranchNotFound", missing(branch, refs)));
    }

    private static String missing(String branch, Map<String, String> refs) {
        var some = refs.keySet().stream()
                .map(Ref::of)
                .filter(ref -> ref.kind() == Ref.Kind.BRANCH)
                .map(Ref::shortName)
                .sorted()
                .limit(8)
                .toList();
        var known = some.isEmpty() ? "it has no branches yet" : "it has " + String.join(", ", some);
        return "spec.triggers.branches names " + branch + ", which the repository does not have: " + known;
    }
}
