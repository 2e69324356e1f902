package dev.hearth.controller.pipeline;

import dev.hearth.api.BuiltCompletely;
import dev.hearth.api.StartPreview;
import dev.hearth.core.retention.RefState;
import dev.hearth.core.status.StatusReason;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * The result of listing the refs of a repository. It is small however many refs there are, since it stays in memory
 * until the next listing.
 *
 * @param refs number of refs of the repository
 * @param followed number of refs that match the triggers
 * @param refStates states of the refs that have cache scopes
 * @param commits commits of the refs that have runs, by full ref name
 * @param problem why the triggers cannot match what their author meant
 * @param obstacle why something that follows from the listing is not done yet
 * @param unstarted why refs with a new commit have no run yet
 * @param started number of runs that were created
 * @param preview the runs that a suspended pipeline does not start
 * @param recorded whether the ref record is written, so that no ref gets a second run for the same commit
 * @param lastChange when a listing last found a new commit; empty if none has since the operator started
 * @param failures number of successive listings that left something to do
 */
@BuiltCompletely
record RefListing(
        int refs,
        int followed,
        RefState.Observation refStates,
        Map<String, String> commits,
        Optional<StatusReason> problem,
        Optional<StatusReason> obstacle,
        Optional<StatusReason> unstarted,
        int started,
        Optional<StartPreview> preview,
        boolean recorded,
        Optional<Instant> lastChange,
        int failures) {

    RefListing {
        commits = Map.copyOf(commits);
    }
}
