package dev.hearth.core.run;

import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.api.TaskArtifact;
import dev.hearth.api.TaskSpec;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.testreport.CollectorReport;
import java.util.Optional;

/** Decides whether a task whose command succeeded fails because of its artifact. */
public final class ArtifactCheck {
    private ArtifactCheck() {}

    /** Returns the observation with the collected outputs: a failure if the artifact is missing and required. */
    public static Observation of(TaskSpec task, Observation.Done done, CollectorReport report, StepOutputs outputs) {
        var artifact = task.artifact();
        if (artifact == null || outputs.files() != null) {
            return done.with(outputs);
        }
        if (report.artifactMissing()) {
            var message = "the task has written no files to " + artifact.path() + ", its artifact.path";
            return artifact.ifMissing() == TaskArtifact.IfMissing.Warn
                    ? done.with(outputs.noting(message))
                    : broken(done, outputs, Reason.ArtifactMissing, message, Failure.Command);
        }
        return report.artifactUnreadable()
                ? broken(
                        done,
                        outputs,
                        Reason.ArtifactUnreadable,
                        "the files at " + artifact.path()
                                + ", the task's artifact.path, cannot all be read, or the path contains a"
                                + " symbolic link",
                        Failure.Command)
                : broken(
                        done,
                        outputs,
                        Reason.ArtifactNotRead,
                        "the pod was deleted before the artifact was read",
                        Failure.Infrastructure);
    }

    /** Returns the failure of a task whose pod did not report what was collected. */
    public static Observation lost(Observation.Done done) {
        return broken(
                done,
                StepOutputs.NOTHING,
                Reason.ReportsLost,
                "the pod was deleted before its reports and artifact were collected",
                Failure.Infrastructure);
    }

    private static Observation broken(
            Observation.Done done, StepOutputs outputs, Reason reason, String message, Failure fault) {
        return new Observation.Broken(
                Optional.of(done.since()),
                done.at(),
                Optional.of(0),
                new StatusReason(reason, message),
                fault,
                outputs);
    }
}
