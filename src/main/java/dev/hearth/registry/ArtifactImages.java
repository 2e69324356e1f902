package dev.hearth.registry;

import dev.hearth.budget.ResponseBudget;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.InputStream;
import java.time.Duration;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/** Stores artifacts in a registry as images of one layer. They have no tag, which could be moved during a run. */
@ApplicationScoped
public class ArtifactImages {
    /** Time limit for the registry's answers. Reading a layer afterwards has none. */
    private static final Duration ANSWER = Duration.ofMinutes(1);

    private static final Duration PUSH = Duration.ofHours(1);

    /** Pushing and reading layers run in a process of their own, whose budget no other namespace shares. */
    private static final String NO_NAMESPACE = "";

    private final RegistryCall answers;
    private final RegistryCall pushes;
    private final boolean loopback;

    /** @param loopback whether loopback addresses of registries are allowed */
    public ArtifactImages(ResponseBudget budget, @ConfigProperty(name = "hearth.network.loopback") boolean loopback) {
        this.answers = new RegistryCall(budget, ANSWER);
        this.pushes = new RegistryCall(budget, PUSH);
        this.loopback = loopback;
    }

    /**
     * Pushes a layer and its image. Blobs that the registry has already are not sent again.
     *
     * @param repository registry host, port and path
     * @param insecure whether the registry is contacted over plain HTTP
     * @return digest of the image, always the same for the same layer
     */
    public String push(String repository, ArtifactLayer layer, @Nullable RegistryLogin credentials, boolean insecure)
            throws RegistryException {
        var target = RegistryRepository.parse(repository, SpecFields.ARTIFACTS);
        return pushes.call(NO_NAMESPACE, target, reservation -> {
            var connection = new Connection(target, credentials, insecure, loopback, reservation);
            var image = ArtifactDocument.of(layer);
            var blobs = new BlobClient(connection);
            blobs.push(layer.digest(), layer.file());
            blobs.push(image.configDigest(), image.configBytes());
            new ManifestClient(connection).put(image.manifest().digest(), image.manifest());
            return image.manifest().digest();
        });
    }

    /**
     * Opens the layer of an image that {@link #push} has created. Reading to the end verifies the digest. If it differs
     * or the connection breaks, reading fails with a {@link RegistryException} as the cause.
     */
    public InputStream open(String repository, String digest, @Nullable RegistryLogin credentials, boolean insecure)
            throws RegistryException {
        var source = RegistryRepository.parse(repository, SpecFields.ARTIFACTS);
        return answers.call(NO_NAMESPACE, source, reservation -> {
            var connection = new Connection(source, credentials, insecure, loopback, reservation);
            var layer = ArtifactDocument.layer(new ManifestClient(connection).get(digest));
            return new VerifiedStream(source, new BlobClient(connection).open(layer), Sha256.start(), layer);
        });
    }

    /**
     * Deletes an image. The registry deletes its blobs with its garbage collection. It is no error if the image does
     * not exist or the registry does not support deletion.
     *
     * @param namespace namespace whose share of the response budget is used
     */
    public void delete(
            String namespace, String repository, String digest, @Nullable RegistryLogin credentials, boolean insecure)
            throws RegistryException {
        var target = RegistryRepository.parse(repository, SpecFields.ARTIFACTS);
        answers.call(namespace, target, reservation -> {
            new ManifestClient(new Connection(target, credentials, insecure, loopback, reservation)).delete(digest);
            return digest;
        });
    }
}
