package dev.hearth.pod.registry;

import dev.hearth.agent.ArtifactPushRequest;
import dev.hearth.pod.ContainerParts;
import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.PodFrame;
import dev.hearth.pod.PodVolumes;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import java.util.ArrayList;
import java.util.List;

/**
 * Builds the pod that pushes the artifact of one step to a registry. It runs no code of the pipeline and pushes by
 * digest without a tag, so it cannot replace an image. Therefore it may have the credentials in a run of a pull request
 * too. Its name is reserved, because it mounts them and a volume of Hearth.
 *
 * @param frame frame with the name of {@code Names.artifactUploadPod}
 * @param size limit of the files, and of the disk space that the packed layer uses on the node
 */
public record ArtifactUploadPod(PodFrame frame, RegistryContainer registry, Quantity size) {
    /** The only container of the pod. */
    public static final String CONTAINER = "publish";

    private static final String FOLDER = "/artifact";

    /**
     * Returns the pod for one artifact.
     *
     * @param claim claim of the volume with the artifact
     * @param subPath folder of the artifact on the volume
     */
    public Pod build(String claim, String subPath, String repository) {
        return frame.pod(spec -> spec.withNodeSelector(RegistryContainer.NODES)
                .withContainers(container(subPath, repository))
                .withVolumes(volumes(claim)));
    }

    /**
     * Builds write files as root and tasks as another user, and a file may be readable by its owner only. Root without
     * capabilities cannot read all of them, so the container gets DAC_OVERRIDE; the volume is mounted read-only. Pod
     * Security level Baseline allows DAC_OVERRIDE, and unlike DAC_READ_SEARCH it cannot open files of the node by their
     * handles.
     */
    private Container container(String subPath, String repository) {
        var request = new ArtifactPushRequest(
                FOLDER,
                repository,
                frame.owner().getUid(),
                RegistryContainer.bytes(size),
                registry.access(),
                RegistryContainer.LONGEST.toSeconds());
        return registry.build(CONTAINER, "artifact-push", request)
                .withSecurityContext(ContainerParts.unprivileged()
                        .withRunAsUser(0L)
                        .withRunAsGroup(0L)
                        .editCapabilities()
                        .withAdd("DAC_OVERRIDE")
                        .endCapabilities()
                        .build())
                .addToVolumeMounts(
                        PodVolumes.subPath("artifacts", FOLDER, subPath, true), PodVolumes.writable("layer", "/tmp"))
                .withResources(ContainerResources.REGISTRY.withDisk(size))
                .build();
    }

    private List<Volume> volumes(String claim) {
        var volumes = new ArrayList<Volume>();
        volumes.add(PodVolumes.readOnlyClaim("artifacts", claim));
        volumes.add(PodVolumes.empty("layer", size));
        volumes.addAll(registry.volumes(CONTAINER));
        return volumes;
    }
}
