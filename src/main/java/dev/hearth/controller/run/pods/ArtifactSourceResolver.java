package dev.hearth.controller.run.pods;

import dev.hearth.api.ArtifactStatus;
import dev.hearth.api.Trust;
import dev.hearth.cluster.ImageVolumeSupport;
import dev.hearth.config.HearthConfig;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.core.run.ArtifactMount;
import dev.hearth.pod.task.ArtifactParts;
import dev.hearth.pod.task.ArtifactSource;
import dev.hearth.pod.task.TaskPod;
import dev.hearth.pod.task.WorkerContainer;
import io.fabric8.kubernetes.api.model.Quantity;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Says how a pod gets files of other steps in this cluster. */
@ApplicationScoped
public class ArtifactSourceResolver {
    private final HearthConfig config;
    private final ImageVolumeSupport images;

    public ArtifactSourceResolver(HearthConfig config, ImageVolumeSupport images) {
        this.config = config;
        this.images = images;
    }

    ArtifactParts parts(RunContext view, List<ArtifactMount> artifacts) {
        return ArtifactParts.of(artifacts.stream()
                .collect(Collectors.toMap(
                        artifact -> TaskPod.ARTIFACTS + artifact.path(),
                        artifact -> artifact.files()
                                .map(files -> source(view, files))
                                .orElseGet(ArtifactSource.Nothing::new))));
    }

    WorkerContainer worker() {
        return new WorkerContainer(
                config.worker().image(), config.registries().insecure().orElse(Set.of()));
    }

    Quantity size() {
        return new Quantity(config.artifacts().size());
    }

    /** Of the Secret that pushes artifacts and gets them; no step sees it. */
    static Optional<String> secret(RunContext view) {
        return Optional.ofNullable(view.spec().artifacts().credentials()).map(named -> named.secretName());
    }

    private ArtifactSource source(RunContext view, ArtifactStatus files) {
        var image = files.image();
        if (image == null) {
            return new ArtifactSource.Claimed(
                    Objects.requireNonNull(files.claim()), Objects.requireNonNull(files.path()));
        }
        // A pull Secret of a pod counts for all its images: with one, a stranger who chooses the image of a leg could
        // run any image of the registry.
        var exposes = view.trust() == Trust.Untrusted && secret(view).isPresent();
        return !exposes && images.mounted(config.artifacts().imageVolumes())
                ? new ArtifactSource.Mounted(image, secret(view))
                : new ArtifactSource.Copied(image, secret(view), worker(), size());
    }
}
