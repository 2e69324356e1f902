package dev.hearth.pod.task;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hearth.core.plan.Names;
import dev.hearth.pod.ContainerParts;
import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.PodFrame;
import dev.hearth.pod.PodVolumes;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Builds the pod that pushes the artifact of one step to a registry. It runs no code of the pipeline and pushes by
 * digest without a tag, so it cannot replace an image. Therefore it may have the credentials in a run of a pull request
 * too. Its name is reserved, because it mounts them and a volume of Hearth.
 *
 * @param frame frame with the name of {@link Names#artifactUploadPod}
 * @param size limit of the disk space that the packed layer uses on the node
 */
public record ArtifactUploadPod(PodFrame frame, WorkerContainer worker, Quantity size) {
    /** The only container of the pod. */
    public static final String CONTAINER = "publish";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String FOLDER = "/artifact";

    /**
     * An artifact in a registry.
     *
     * @param image repository and digest
     * @param bytes size of its layer in the registry
     */
    public record UploadedArtifact(String image, long bytes) {}

    /**
     * Returns the pod for one artifact.
     *
     * @param claim claim of the run's artifact volume
     * @param subPath folder of the artifact on the volume
     * @param secret Secret of spec.artifacts.credentials; null if it names none
     */
    public Pod build(String claim, String subPath, String repository, @Nullable String secret) {
        return frame.pod(spec -> spec.withContainers(
                        container(subPath, repository, secret).build())
                .withVolumes(volumes(claim, secret)));
    }

    /** Reads the result from the termination message. Empty if the message does not name an uploaded artifact. */
    public static Optional<UploadedArtifact> read(String terminationMessage) {
        try {
            var result = JSON.readTree(terminationMessage);
            return Optional.of(result.path("image").asText(""))
                    .filter(image -> !image.isEmpty())
                    .map(image ->
                            new UploadedArtifact(image, result.path("bytes").asLong()));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    /**
     * Builds write files as root and tasks as another user, and a file may be readable by its owner only. Root without
     * capabilities cannot read all of them, so the container gets DAC_OVERRIDE; the volume is mounted read-only. Pod
     * Security level Baseline allows DAC_OVERRIDE, and unlike DAC_READ_SEARCH it cannot open files of the node by their
     * handles.
     */
    private ContainerBuilder container(String subPath, String repository, @Nullable String secret) {
        var container = worker.command(CONTAINER, "publish", FOLDER, repository)
                .withSecurityContext(ContainerParts.unprivileged()
                        .withRunAsUser(0L)
                        .withRunAsGroup(0L)
                        .editCapabilities()
                        .withAdd("DAC_OVERRIDE")
                        .endCapabilities()
                        .build())
                .withVolumeMounts(
                        PodVolumes.subPath("artifacts", FOLDER, subPath, true), PodVolumes.writable("layer", "/tmp"))
                .withResources(ContainerResources.WORKER.withDisk(size));
        return secret == null
                ? container
                : container
                        .addToVolumeMounts(WorkerContainer.credentialsMount("credentials"))
                        .addToEnv(WorkerContainer.credentialsFolder());
    }

    private List<Volume> volumes(String claim, @Nullable String secret) {
        var volumes = new ArrayList<Volume>();
        volumes.add(PodVolumes.claim("artifacts", claim));
        volumes.add(PodVolumes.empty("layer", size));
        if (secret != null) {
            volumes.add(WorkerContainer.credentials("credentials", secret));
        }
        return volumes;
    }
}
