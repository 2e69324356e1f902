package dev.hearth.controller.run.pods;

import dev.hearth.api.ArtifactStatus;
import dev.hearth.api.Trust;
import dev.hearth.cluster.ImageVolumeSupport;
import dev.hearth.config.HearthConfig;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.controller.support.RegistryContainerFactory;
import dev.hearth.core.run.ArtifactMount;
import dev.hearth.pod.task.ArtifactParts;
import dev.hearth.pod.task.ArtifactSource;
import dev.hearth.pod.task.TaskPod;
import io.fabric8.kubernetes.api.model.Quantity;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Decides how a pod gets the artifacts that it mounts: from a volume, as an image volume, or copied from a registry.
 */
@ApplicationScoped
public class ArtifactSourceResolver {
    private final HearthConfig config;
    private final ImageVolumeSupport images;
    private final RegistryContainerFactory registries;

    public ArtifactSourceResolver(HearthConfig config, ImageVolumeSupport images, RegistryContainerFactory registries) {
        this.config = config;
        this.images = images;
        this.registries = registries;
    }

    ArtifactParts parts(RunContext run, List<ArtifactMount> artifacts) {
        return ArtifactParts.of(artifacts.stream()
                .collect(Collectors.toMap(
                        artifact -> TaskPod.ARTIFACTS + artifact.path(),
                        artifact -> artifact.files()
                                .map(files -> source(run, files))
                                .orElseGet(ArtifactSource.Nothing::new))));
    }

    /** Returns the name of the Secret for the artifact registry. No step sees the Secret. */
    static Optional<String> secret(RunContext run) {
        return Optional.ofNullable(run.spec().artifacts().credentials()).map(named -> named.secretName());
    }

    private ArtifactSource source(RunContext run, ArtifactStatus files) {
        var image = files.image();
        if (image == null) {
            return new ArtifactSource.Claimed(
                    Objects.requireNonNull(files.claim()), Objects.requireNonNull(files.path()));
        }
        // A pull Secret of a pod applies to all its images: with one, the author of an untrusted ref could run any
        // image of
        // the registry.
        var exposesImages = run.trust() == Trust.Untrusted && secret(run).isPresent();
        return !exposesImages && images.isMounted(config.artifacts().imageVolumes())
                ? new ArtifactSource.Mounted(image, secret(run))
                : new ArtifactSource.Copied(
                        image,
                        registries.ofArtifacts(secret(run).orElse(null)),
                        new Quantity(config.artifacts().size()));
    }
}
