package dev.hearth.pod.task;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hearth.core.plan.Names;
import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.PodFrame;
import dev.hearth.pod.PodParts;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The pod that pushes the files of one step to a registry. It runs no code of the pipeline, only reads its files, and pushes
 * by digest without a tag, so that it can replace nothing: this pod may hold the credentials in a run of a pull request too.
 * They, and a volume of Hearth's, are why its name is reserved.
 *
 * @param frame named by {@link Names#artifactUploadPod}
 * @param size the most that the packed layer may take on the node while it is pushed
 */
public record ArtifactUploadPod(PodFrame frame, WorkerContainer worker, Quantity size) {
    /** The one container of the pod. */
    public static final String CONTAINER = "publish";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String FOLDER = "/artifact";

    /**
     * An artifact in a registry.
     *
     * @param image repository and digest
     * @param bytes of its layer there
     */
    public record UploadedArtifact(String image, long bytes) {}

    /**
     * For one artifact.
     *
     * @param claim of a volume of the run
     * @param subPath where the artifact lies on it
     * @param secret of spec.artifacts.credentials
     */
    public Pod build(String claim, String subPath, String repository, Optional<String> secret) {
        return frame.pod(spec -> spec.withContainers(
                        container(subPath, repository, secret).build())
                .withVolumes(volumes(claim, secret)));
    }

    /** Empty for anything else than a published artifact. */
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
     * Builds write as root, tasks as another user, and either may have kept a file to itself: root without rights could not
     * read all of it. DAC_OVERRIDE can, of a volume that is mounted read-only; unlike DAC_READ_SEARCH it is allowed by Pod
     * Security level baseline, and opens no file of the node by its handle.
     */
    private ContainerBuilder container(String subPath, String repository, Optional<String> secret) {
        var container = worker.command(CONTAINER, "publish", FOLDER, repository)
                .withSecurityContext(PodParts.unprivileged()
                        .withRunAsUser(0L)
                        .withRunAsGroup(0L)
                        .editCapabilities()
                        .withAdd("DAC_OVERRIDE")
                        .endCapabilities()
                        .build())
                .withVolumeMounts(PodParts.part("artifacts", FOLDER, subPath, true), PodParts.writable("layer", "/tmp"))
                .withResources(ContainerResources.WORKER.with(size));
        secret.ifPresent(_ -> container
                .addToVolumeMounts(WorkerContainer.credentialsMount("credentials"))
                .addToEnv(WorkerContainer.credentialsFolder()));
        return container;
    }

    private List<Volume> volumes(String claim, Optional<String> secret) {
        var volumes = new ArrayList<Volume>();
        volumes.add(PodParts.claim("artifacts", claim));
        volumes.add(PodParts.empty("layer", size));
        secret.ifPresent(name -> volumes.add(WorkerContainer.credentials("credentials", name)));
        return volumes;
    }
}
