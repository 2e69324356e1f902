package dev.hearth.core.run;

import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.api.TaskArtifact;
import dev.hearth.api.TaskSpec;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.testreport.CollectorReport;
import java.util.Optional;

/** Decides what it means that a task's command went well and its files are, or are not, there. */
public final class ArtifactCheck {
    private ArtifactCheck() {}

    /** A task that went well and did not leave what it is there for has not gone well. */
    public static Observation of(TaskSpec task, Observation.Done done, CollectorReport account, StepOutputs kept) {
        var artifact = task.artifact();
        if (artifact == null || kept.files() != null) {
            return done.with(kept);
        }
        if (account.artifactMissing()) {
            var what = "the task left nothing at " + artifact.path() + ", its artifact.path";
            return artifact.ifMissing() == TaskArtifact.IfMissing.Warn
                    ? done.with(kept.noting(what))
                    : broken(done, kept, Reason.ArtifactMissing, what, Failure.Command);
        }
        return account.artifactUnreadable()
                ? broken(
                        done,
                        kept,
                        Reason.ArtifactUnreadable,
                        "what the task left at " + artifact.path() + " cannot all be read, or a link leads to it",
                        Failure.Command)
                : broken(
                        done,
                        kept,
                        Reason.ArtifactNotRead,
                        "the pod was ended before the artifact was read",
                        Failure.Infrastructure);
    }

    /** Of a task whose pod never said what it kept. */
    public static Observation lost(Observation.Done done) {
        return broken(
                done,
                StepOutputs.NOTHING,
                Reason.ReportsLost,
                "the pod was ended before its reports and artifact were kept",
                Failure.Infrastructure);
    }

    private static Observation broken(
            Observation.Done done, StepOutputs kept, Reason reason, String message, Failure fault) {
        return new Observation.Broken(
                Optional.of(done.since()), done.at(), Optional.of(0), new StatusReason(reason, message), fault, kept);
    }
}
