package dev.hearth.pod.registry;

import dev.hearth.agent.AgentReports;
import dev.hearth.agent.ArtifactRemoveRequest;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.pod.PodFrame;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Builds the pod that deletes artifacts of a pipeline from their registry. It belongs to the pipeline, since the runs of the
 * artifacts are deleted, and runs no code of it. Its name is reserved, because it mounts the credentials.
 *
 * @param owner the pipeline
 */
public record ArtifactRemovalPod(String namespace, String pipeline, OwnerReference owner, RegistryContainer registry) {
    /** Number of artifacts that one pod deletes. */
    public static final int MOST = 200;

    private static final Duration LIMIT = Duration.ofMinutes(10);

    /** How long the pod may exist: the image of the agent may have to be pulled first. */
    public static final Duration LONGEST = Duration.ofMinutes(20);

    private static final String CONTAINER = "remove";

    /**
     * Returns the pod for artifacts.
     *
     * @param name name of {@code Names.artifactRemovalPod}
     * @param images repositories and digests
     */
    public Pod build(String name, List<String> images) {
        var request = new ArtifactRemoveRequest(images, registry.access(), LIMIT.toSeconds());
        var pod = PodFrame.ofPipeline(namespace, pipeline, name, owner, LONGEST)
                .pod(spec -> spec.withNodeSelector(RegistryContainer.NODES)
                        .withContainers(registry.build(CONTAINER, "artifact-remove", request)
                                .withSecurityContext(RegistryContainer.unprivileged())
                                .build())
                        .withVolumes(registry.volumes(CONTAINER)));
        pod.getMetadata().getLabels().put(ObjectLabels.ARTIFACT_REMOVAL, "true");
        return pod;
    }

    /** Returns what a pod that has ended has left in the registry, and why. Empty if nothing. */
    public static Optional<String> left(Pod pod) {
        var message = Stream.ofNullable(pod.getStatus())
                .flatMap(status -> status.getContainerStatuses().stream())
                .flatMap(container -> Stream.ofNullable(container.getState().getTerminated()))
                .flatMap(ended -> Stream.ofNullable(ended.getMessage()))
                .filter(text -> !text.isBlank())
                .findFirst();
        var report = message.flatMap(AgentReports::artifactRemove);
        return report.isPresent()
                ? report.filter(it -> it.left() > 0).map(it -> it.left() + " of them: " + it.message())
                : message.or(() -> Optional.of("its pod ended without a report"));
    }
}
