package dev.hearth.core.run;

import dev.hearth.api.ArtifactStatus;
import dev.hearth.api.ScopeVolume;
import dev.hearth.core.buildcache.CacheMount;
import dev.hearth.core.plan.Step;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A change of the cluster. Each action may be repeated. */
public sealed interface Action {

    /**
     * Creates the build pod of a platform, or takes the pod that waits with a running daemon for the run.
     *
     * @param skipped builds that the pod which waits has containers for, and that the run does not need to solve
     */
    record StartBuilds(
            String platform, int attempt, CacheMount cache, List<Step.Build> builds, List<Step.Build> skipped)
            implements Action {}

    /**
     * Creates the pod of a matrix cell.
     *
     * @param image of the command's container
     * @param userNamespace whether the pod has a user namespace of its own
     * @param sweeps whether the pod removes artifacts that no run names from the volume that it writes
     */
    record StartTask(
            Step.Task task,
            int attempt,
            String image,
            List<ArtifactMount> artifacts,
            boolean userNamespace,
            boolean sweeps)
            implements Action {

        StartTask sweeping() {
            return new StartTask(task, attempt, image, artifacts, userNamespace, true);
        }
    }

    /** Creates the pod that reads the file with a task's matrix. */
    record StartMatrixReader(Step.MatrixReader reader, int attempt, ArtifactMount artifact, boolean userNamespace)
            implements Action {}

    /** Creates the pod that pushes the artifact of a step to a registry. */
    record StartArtifactUpload(Step.ArtifactUpload upload, int attempt, ArtifactStatus files, boolean userNamespace)
            implements Action {}

    /** Creates the pod that pushes the image index of a build and moves its tags; {@code digests} by platform. */
    record StartImagePublish(Step.Index index, int attempt, Map<String, String> digests) implements Action {}

    /** Deletes a pod with a running daemon that waits for the run and is not fit for it. */
    record EndWarmPod(ScopeVolume.Warm pod) implements Action {}

    /** Ends pods that wait with a running daemon, for pods of the run that find no node. */
    record MakeRoom(Set<String> pods) implements Action {}

    /** Ends a pod whose step has timed out, so that it still collects reports and artifacts. */
    record ExpirePod(String pod) implements Action {}

    /** Deletes the pod of steps that have finished. */
    record StopPod(String pod) implements Action {}
}
