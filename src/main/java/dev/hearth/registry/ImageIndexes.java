package dev.hearth.registry;

import dev.hearth.budget.ResponseBudget;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/** Makes the images of several platforms one, and gives it its tags. */
@ApplicationScoped
public class ImageIndexes {
    private final RegistryCall limited;
    private final boolean loopback;

    /** @param loopback whether a registry may be at the operator's own host */
    @Inject
    public ImageIndexes(
            ResponseBudget budget,
            @ConfigProperty(name = "hearth.network.loopback", defaultValue = "false") boolean loopback) {
        this(budget, Duration.ofMinutes(1), loopback);
    }

    ImageIndexes(ResponseBudget budget, Duration limit, boolean loopback) {
        this.limited = new RegistryCall(budget, limit);
        this.loopback = loopback;
    }

    /**
     * Pushes one OCI index of images that are in the repository, by digest and then under each tag; a single image gets the
     * tags itself. The same images give the same bytes, so that doing it again after a crash changes nothing.
     *
     * @param namespace for which it is done, and whose share of the budget that takes
     * @param repository registry host, port and path
     * @param images one for each platform
     * @param insecure whether the registry is talked to over plain HTTP
     * @return digest of what was tagged
     */
    public String publish(
            String namespace,
            String repository,
            List<PlatformImage> images,
            List<String> tags,
            @Nullable RegistryLogin credentials,
            boolean insecure)
            throws RegistryException {
        var target = RegistryRepository.parse(repository);
        return limited.call(namespace, target, reservation -> {
            var session = new ManifestClient(new Connection(target, credentials, insecure, loopback, reservation));
            var found = new TreeMap<String, Manifest>();
            for (PlatformImage image : images) {
                if (found.put(image.platform(), session.get(image.digest())) != null) {
                    throw RegistryException.invalid("there are two images for " + image.platform());
                }
            }
            if (found.isEmpty()) {
                throw RegistryException.invalid("there is no image to tag in " + repository);
            }
            var tagged = found.size() == 1 ? found.firstEntry().getValue() : IndexDocument.of(found);
            if (found.size() > 1) {
                session.put(tagged.digest(), tagged);
            }
            for (String tag : tags) {
                session.put(tag, tagged);
            }
            return tagged.digest();
        });
    }
}
