package dev.hearth.pod.task;

import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Optional;

/** Where a pod gets an artifact from. Its files are read-only in every form, and those of a registry belong to the task. */
public sealed interface ArtifactSource {

    /** There are no files: an empty folder. */
    record Nothing() implements ArtifactSource {}

    /** A folder of a volume. */
    record Claimed(String claim, String subPath) implements ArtifactSource {}

    /**
     * An image that the kubelet mounts.
     *
     * @param image repository and digest
     * @param secret that the kubelet pulls with; no container of the pod sees it
     */
    record Mounted(String image, Optional<String> secret) implements ArtifactSource {}

    /**
     * An image that a container copies into the pod before the task, for clusters that cannot mount it.
     *
     * @param image repository and digest
     * @param secret that this container alone has; it has ended before the task starts
     * @param size the most that the files may take on the node
     */
    record Copied(String image, Optional<String> secret, WorkerContainer worker, Quantity size)
            implements ArtifactSource {}
}
