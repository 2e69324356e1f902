package dev.hearth.pod.registry;

import dev.hearth.agent.ImagePublishRequest;
import dev.hearth.agent.ImagePublishRequest.Image;
import dev.hearth.pod.PodFrame;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Builds the pod that pushes the image index of a build and moves its tags. It runs no code of the pipeline. Its name is
 * reserved, because it mounts the credentials.
 *
 * @param frame frame with the name of {@code Names.imagePublishPod}
 */
public record ImagePublishPod(PodFrame frame, RegistryContainer registry) {
    /** The only container of the pod. */
    public static final String CONTAINER = "index";

    private static final Duration LIMIT = Duration.ofMinutes(10);

    /**
     * Returns the pod for one build.
     *
     * @param digests digests of the images by platform
     */
    public Pod build(String repository, Map<String, String> digests, List<String> tags) {
        var images = digests.entrySet().stream()
                .map(image -> new Image(image.getKey(), image.getValue()))
                .toList();
        var request = new ImagePublishRequest(repository, images, tags, registry.access(), LIMIT.toSeconds());
        return frame.pod(spec -> spec.withNodeSelector(RegistryContainer.NODES)
                .withContainers(registry.build(CONTAINER, "image-publish", request)
                        .withSecurityContext(RegistryContainer.unprivileged())
                        .build())
                .withVolumes(registry.volumes(CONTAINER)));
    }
}
