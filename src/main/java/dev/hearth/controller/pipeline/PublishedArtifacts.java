package dev.hearth.controller.pipeline;

import dev.hearth.api.Pipeline;
import dev.hearth.controller.support.HearthConfig;
import dev.hearth.controller.support.RegistryCredentials;
import dev.hearth.controller.support.Repositories.Problem;
import dev.hearth.core.secret.SecretUse;
import dev.hearth.registry.ArtifactImages;
import dev.hearth.registry.RegistryException;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/**
 * Takes images of artifacts out of their registry once no run is to use them. A registry that cannot be reached then keeps
 * them: its own cleaning has to take them.
 */
@ApplicationScoped
public class PublishedArtifacts {
    private static final Logger LOG = Logger.getLogger(PublishedArtifacts.class);
    private static final int MOST_REMEMBERED = 10_000;

    private final ArtifactImages images;
    private final RegistryCredentials credentials;
    private final Set<String> insecure;
    private final Set<String> removed = ConcurrentHashMap.newKeySet();

    public PublishedArtifacts(ArtifactImages images, RegistryCredentials credentials, HearthConfig config) {
        this.images = images;
        this.credentials = credentials;
        this.insecure = config.registries().insecure().orElse(Set.of());
    }

    /**
     * Removes, in the background, what is not used.
     *
     * @param old repository and digest
     * @param used the same of runs that stay: the same files have the same digest
     */
    void remove(Pipeline pipeline, Set<String> old, Set<String> used) {
        if (removed.size() > MOST_REMEMBERED) {
            removed.clear(); // asking a registry again does no harm
        }
        old.stream()
                .filter(image -> !used.contains(image) && removed.add(image))
                .forEach(image -> Thread.startVirtualThread(() -> remove(pipeline, image)));
    }

    private void remove(Pipeline pipeline, String image) {
        var at = image.lastIndexOf('@');
        var repository = image.substring(0, at);
        var host = repository.split("/", 2)[0];
        try {
            images.delete(
                    pipeline.getMetadata().getNamespace(),
                    repository,
                    image.substring(at + 1),
                    credentials.find(
                            pipeline.getMetadata().getNamespace(),
                            pipeline.getMetadata().getName(),
                            SecretUse.of(pipeline.getSpec().artifacts())
                                    .filter(use -> use.host().equals(Optional.of(host)))),
                    insecure.contains(host));
        } catch (RegistryException | Problem e) {
            LOG.infof("the artifact %s stays in its registry: %s", image, e.getMessage());
        }
    }
}
