package dev.hearth.controller.pipeline;

import dev.hearth.core.retention.RefState;
import dev.hearth.core.status.StatusReason;
import java.util.Optional;

/**
 * What came of a look at a repository: little, however many refs it has, since it stays in memory until the next one.
 *
 * @param refs how many the repository has
 * @param followed how many of them the triggers match
 * @param marks what it says of the refs that have caches
 * @param problem why the triggers cannot be what their author meant
 * @param unstarted which refs that moved have no run yet, and why
 * @param recorded whether it is on record which refs have a run, so that they get no other one
 * @param failures how often in a row something was left to do
 */
record RefListing(
        int refs,
        int followed,
        RefState.Observation marks,
        Optional<StatusReason> problem,
        Optional<StatusReason> unstarted,
        boolean recorded,
        int failures) {}
