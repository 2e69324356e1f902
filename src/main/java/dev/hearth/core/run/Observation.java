package dev.hearth.core.run;

import dev.hearth.api.ArtifactStatus;
import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.core.status.StatusReason;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the cluster shows of a step that has a pod (or of an index: a publication). */
public sealed interface Observation {

    /** There is nothing of it. */
    record Absent() implements Observation {}

    /** What is read from a pod. */
    sealed interface OfPod extends Observation {}

    /**
     * The pod exists, the step's container does not run yet.
     *
     * @param reason {@code Starting} when nothing is wrong
     * @param patience until when this state is worth waiting in; empty for as long as the run has time
     * @param fault what kind of failure it is once patience ends
     */
    record Waiting(Reason reason, String message, Optional<Instant> patience, Failure fault) implements OfPod {

        /** For as long as the run has time. */
        public static Waiting patiently(Reason reason, String message) {
            return new Waiting(reason, message, Optional.empty(), Failure.Infrastructure);
        }
    }

    /**
     * Its command runs.
     *
     * @param until when its own time is over
     * @param leaving why its pod is being taken away, if it is: the pod may be gone before its end is seen
     */
    record Running(Instant since, Optional<Instant> until, Optional<StatusReason> leaving) implements OfPod {

        /** In a pod that stays. */
        public Running(Instant since, Optional<Instant> until) {
            this(since, until, Optional.empty());
        }
    }

    /** Its command has ended, and what it left is being read; {@code message} says what is in the way. */
    record Reading(Instant since, Instant lookAgain, String message) implements Observation {
        public Reading(Instant since, Instant lookAgain) {
            this(since, lookAgain, "what it left is being read");
        }
    }

    /** It cannot be looked at for now. It stays as it is. */
    record Unknown(String message, Instant lookAgain) implements Observation {}

    /** The step's work ended well. */
    record Done(Instant since, Instant at, Optional<BuildResult> result, StepOutputs kept) implements OfPod {

        public Done with(StepOutputs other) {
            return new Done(since, at, result, other);
        }
    }

    /** The step's work ended badly, or its pod was taken away; {@code exitCode} is of its container, if that ended. */
    record Broken(
            Optional<Instant> since,
            Instant at,
            Optional<Integer> exitCode,
            StatusReason why,
            Failure fault,
            StepOutputs kept)
            implements OfPod {

        public Broken with(StepOutputs other) {
            return new Broken(since, at, exitCode, why, fault, other);
        }
    }

    /** The file that says a task's legs has been read. */
    record Listed(Instant at, List<Map<String, String>> legs) implements Observation {}

    /** An earlier run left what this step would make: {@code shared} once it stays for as long as this run. */
    record Reusable(ArtifactStatus artifact, boolean shared) implements Observation {}
}
