package dev.hearth.pod.task;

import dev.hearth.pod.registry.RegistryContainer;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Optional;

/**
 * The place from which a pod gets an artifact. Its files are read-only; files from a registry belong to the task's
 * user.
 */
public sealed interface ArtifactSource {

    /** An artifact without files: an empty folder. */
    record Nothing() implements ArtifactSource {}

    /** A folder on a volume, which is read-only as a whole unless the pod writes other folders of it. */
    record Claimed(String claim, String subPath) implements ArtifactSource {}

    /**
     * An image that the kubelet mounts.
     *
     * @param image repository and digest
     * @param secret Secret with which the kubelet pulls; no container of the pod can read it
     */
    record Mounted(String image, Optional<String> secret) implements ArtifactSource {}

    /**
     * An image that a container copies into the pod before the task, for clusters that cannot mount it. Only this container,
     * which ends before the task starts, has the Secret.
     *
     * @param image repository and digest
     * @param size limit of the disk space that the files use on the node
     */
    record Copied(String image, RegistryContainer registry, Quantity size) implements ArtifactSource {}
}
