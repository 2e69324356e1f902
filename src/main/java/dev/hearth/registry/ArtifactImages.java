package dev.hearth.registry;

import dev.hearth.budget.ResponseBudget;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.InputStream;
import java.time.Duration;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/** Keeps artifacts in a registry as images of one layer, known by digest alone: nobody can move a tag under a run. */
@ApplicationScoped
public class ArtifactImages {
    /** For an answer; what a layer's bytes may take is up to whoever pushes or reads it. */
    private static final Duration ANSWER = Duration.ofMinutes(1);

    private static final Duration PUSH = Duration.ofHours(1);

    /** What pushes or reads layers is a process that does nothing else, in a pod of the pipeline's namespace. */
    private static final String ALONE = "";

    private final RegistryCall answers;
    private final RegistryCall pushes;
    private final boolean loopback;

    /** @param loopback whether a registry may be at the same host as the process that asks */
    public ArtifactImages(
            ResponseBudget budget,
            @ConfigProperty(name = "hearth.network.loopback", defaultValue = "false") boolean loopback) {
        this.answers = new RegistryCall(budget, ANSWER);
        this.pushes = new RegistryCall(budget, PUSH);
        this.loopback = loopback;
    }

    /**
     * Pushes a layer and the image that is made of it; what the registry has already is not sent again.
     *
     * @param repository registry host, port and path
     * @param insecure whether the registry is talked to over plain HTTP
     * @return digest of the image, the same for the same layer
     */
    public String push(String repository, ArtifactLayer layer, @Nullable RegistryLogin credentials, boolean insecure)
            throws RegistryException {
        var target = RegistryRepository.parse(repository, SpecFields.ARTIFACTS);
        return pushes.call(ALONE, target, reservation -> {
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
     * The layer of an image that {@link #push} made. Whoever has read it to its end knows that it is what the digest says;
     * otherwise, or when the connection breaks, reading fails with a {@link RegistryException} as the cause.
     */
    public InputStream open(String repository, String digest, @Nullable RegistryLogin credentials, boolean insecure)
            throws RegistryException {
        var source = RegistryRepository.parse(repository, SpecFields.ARTIFACTS);
        return answers.call(ALONE, source, reservation -> {
            var connection = new Connection(source, credentials, insecure, loopback, reservation);
            var layer = ArtifactDocument.layer(new ManifestClient(connection).get(digest));
            return new VerifiedStream(source, new BlobClient(connection).open(layer), Sha256.start(), layer);
        });
    }

    /**
     * Takes an image away; its blobs go when the registry collects its garbage. One that is not there is as good, and in a
     * registry that lets nobody delete it stays: neither is an error.
     *
     * @param namespace for which it is done, and whose share of the budget that takes
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
