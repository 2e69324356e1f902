package dev.hearth.core.run;

import dev.hearth.api.ArtifactStatus;
import dev.hearth.core.buildcache.CacheMount;
import dev.hearth.core.plan.Step;
import java.util.List;
import java.util.Map;

/** What to do to the cluster or a registry. Doing any of them twice is harmless. */
public sealed interface Action {

    /** Create the pod in which all builds of a platform run. */
    record StartBuilds(String platform, int attempt, CacheMount cache, List<Step.Build> builds) implements Action {}

    /**
     * Create the pod of a task's leg.
     *
     * @param image that the command runs in
     * @param userNamespace whether the pod has one of its own
     */
    record StartTask(Step.Task task, int attempt, String image, List<ArtifactMount> artifacts, boolean userNamespace)
            implements Action {}

    /** Create the pod that reads the file with a task's legs. */
    record StartMatrixReader(Step.MatrixReader reader, int attempt, ArtifactMount artifact, boolean userNamespace)
            implements Action {}

    /** Create the pod that pushes what a step has left. */
    record StartArtifactUpload(Step.ArtifactUpload upload, int attempt, ArtifactStatus files, boolean userNamespace)
            implements Action {}

    /** Make another run's artifact stay for as long as this one. */
    record ShareArtifact(ArtifactStatus artifact) implements Action {}

    /** End a pod gracefully, so that what it keeps is kept: its step's time is over. */
    record ExpirePod(String pod) implements Action {}

    /** Make one index of images and tag it; {@code digests} by platform. */
    record PublishIndex(Step.Index index, Map<String, String> digests) implements Action {}

    /** End a step's pod. */
    record StopPod(String pod) implements Action {}
}
