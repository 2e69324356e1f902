package dev.hearth.controller.pipeline;

import dev.hearth.api.Pipeline;
import dev.hearth.config.HearthConfig;
import dev.hearth.controller.access.RegistryCredentials;
import dev.hearth.controller.access.RepositoryOpener.Problem;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.secret.SecretUse;
import dev.hearth.registry.ArtifactImages;
import dev.hearth.registry.RegistryException;
import dev.hearth.registry.RegistryLogin;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Deletes images of artifacts from their registry once no run can use them. If the registry cannot be reached, the
 * images stay there until the registry's own retention deletes them.
 */
@ApplicationScoped
public class ArtifactCleanup {
    private static final Logger LOG = Logger.getLogger(ArtifactCleanup.class);
    private static final int MOST_REMEMBERED = 10_000;

    private final ArtifactImages images;
    private final RegistryCredentials credentials;
    private final Set<String> insecure;
    private final Set<String> removed = ConcurrentHashMap.newKeySet();

    public ArtifactCleanup(ArtifactImages images, RegistryCredentials credentials, HearthConfig config) {
        this.images = images;
        this.credentials = credentials;
        this.insecure = HearthConfig.Registries.plainHttp(config.registries());
    }

    /**
     * Deletes expired images that no other run uses, in the background, one after the other.
     *
     * @param old expired images, each as repository and digest
     * @param used images of runs that stay: equal files have equal digests
     */
    void remove(Pipeline pipeline, Set<String> old, Set<String> used) {
        if (removed.size() > MOST_REMEMBERED) {
            removed.clear(); // deleting an image again does no harm
        }
        var unused = old.stream()
                .filter(image -> image.contains("@") && !used.contains(image) && removed.add(image))
                .collect(Collectors.groupingBy(image -> image.split("/", 2)[0]));
        if (!unused.isEmpty()) {
            Thread.startVirtualThread(() -> unused.forEach((host, images) -> remove(pipeline, host, images)));
        }
    }

    @SuppressWarnings("IllegalCatch") // a failure of one registry does not stop the removal from others
    private void remove(Pipeline pipeline, String host, List<String> unused) {
        var namespace = pipeline.getMetadata().getNamespace();
        try {
            var login = credentials.find(
                    namespace,
                    pipeline.getMetadata().getName(),
                    SecretUse.of(pipeline.getSpec().artifacts())
                            .filter(use -> use.host().equals(Optional.of(host)))
                            .orElse(null));
            unused.forEach(image -> remove(namespace, image, login, insecure.contains(host)));
        } catch (Problem | RuntimeException e) {
            LOG.infof(
                    "%s: %d artifacts stay in registry %s: %s",
                    ResourceName.of(pipeline), unused.size(), host, e.getMessage());
        }
    }

    private void remove(String namespace, String image, @Nullable RegistryLogin login, boolean plain) {
        var at = image.lastIndexOf('@');
        try {
            images.delete(namespace, image.substring(0, at), image.substring(at + 1), login, plain);
        } catch (RegistryException e) {
            LOG.infof("artifact %s stays in its registry: %s", image, e.getMessage());
        }
    }
}
