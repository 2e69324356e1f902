package dev.hearth.core.run;

import dev.hearth.core.diagnosis.Finding;
import java.time.Instant;
import java.util.Optional;

/** What the cluster shows of a step that has a pod (or of an index: a publication). */
public sealed interface Observation {

    /** There is nothing of it. */
    record Absent() implements Observation {}

    /**
     * The pod exists, the step's container does not run yet.
     *
     * @param reason one word, {@code Scheduling} when nothing is wrong
     * @param patience until when this state is worth waiting in; empty for as long as the run has time
     */
    record Waiting(String reason, String message, Optional<Instant> patience) implements Observation {}

    record Running(Instant since) implements Observation {}

    /** The step's work ended well. */
    record Done(Instant since, Instant at, Optional<BuildResult> result) implements Observation {}

    /** The step's work ended badly, or its pod was taken away; {@code exitCode} is of its container, if that ended. */
    record Broken(Optional<Instant> since, Instant at, Optional<Integer> exitCode, Finding why)
            implements Observation {}
}
