package dev.hearth.core.run;

import dev.hearth.api.ArtifactStatus;
import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.core.status.StatusReason;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What was observed of a step: the state of its pod. */
public sealed interface Observation {

    /** The step has no pod. */
    record Absent() implements Observation {}

    /** An observation of a pod. */
    sealed interface OfPod extends Observation {}

    /**
     * The pod exists and the step's container does not run yet.
     *
     * @param reason {@code Starting} if nothing is wrong
     * @param patience when waiting becomes a failure; empty if only the run's timeout limits it
     * @param fault the kind of that failure
     */
    record Waiting(Reason reason, String message, Optional<Instant> patience, Failure fault) implements OfPod {

        /** Returns a state that may last until the run times out. */
        public static Waiting patiently(Reason reason, String message) {
            return new Waiting(reason, message, Optional.empty(), Failure.Infrastructure);
        }
    }

    /**
     * The step's command runs.
     *
     * @param until when the step times out
     * @param leaving why its pod is being deleted, if it is: the pod may be deleted before its end is observed
     */
    record Running(Instant since, Optional<Instant> until, Optional<StatusReason> leaving) implements OfPod {

        /** The command has no timeout, and runs in a pod that is not being deleted. */
        public Running(Instant since) {
            this(since, Optional.empty(), Optional.empty());
        }
    }

    /** The command has ended and its outputs are being collected; {@code message} says what prevents that, if anything. */
    record Reading(Instant since, Instant nextCheck, String message) implements Observation {
        public Reading(Instant since, Instant nextCheck) {
            this(since, nextCheck, "collecting logs, reports and artifact");
        }
    }

    /** The step cannot be observed at present. Its status does not change. */
    record Unknown(String message, Instant nextCheck) implements Observation {}

    /** The step succeeded. */
    record Done(Instant since, Instant at, Optional<BuildResult> result, StepOutputs kept) implements OfPod {

        public Done with(StepOutputs other) {
            return new Done(since, at, result, other);
        }

        /** Returns the failure of a step whose command succeeded without giving its result. */
        public Broken broken(StatusReason why, Failure fault) {
            return new Broken(Optional.of(since), at, Optional.of(0), why, fault, StepOutputs.NOTHING);
        }
    }

    /** The step failed, or its pod was deleted. {@code exitCode} is empty if the step's container did not end. */
    record Broken(
            Optional<Instant> since,
            Instant at,
            Optional<Integer> exitCode,
            StatusReason why,
            Failure fault,
            StepOutputs kept)
            implements OfPod {

        /** Returns the failure of a step whose container did not run. */
        public static Broken withoutContainer(Instant at, StatusReason why, Failure fault) {
            return new Broken(Optional.empty(), at, Optional.empty(), why, fault, StepOutputs.NOTHING);
        }

        public Broken with(StepOutputs other) {
            return new Broken(since, at, exitCode, why, fault, other);
        }
    }

    /** The file with the cells of a task's matrix was read. */
    record Listed(Instant at, List<Map<String, String>> cells) implements Observation {}

    /**
     * An earlier run has the artifact of this step.
     *
     * @param kept whether it stays until this run has finished: it is in a registry, or the watch shows that this run names it
     */
    record Reusable(ArtifactStatus artifact, boolean kept) implements Observation {}
}
