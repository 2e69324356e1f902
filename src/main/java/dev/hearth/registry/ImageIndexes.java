package dev.hearth.registry;

import dev.hearth.budget.ResponseBudget;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/** Publishes the images of several platforms as one image index, and sets its tags. */
@ApplicationScoped
public class ImageIndexes {
    private final RegistryCall registry;
    private final boolean loopback;

    /** @param loopback whether loopback addresses of registries are allowed */
    @Inject
    public ImageIndexes(ResponseBudget budget, @ConfigProperty(name = "hearth.network.loopback") boolean loopback) {
        this(budget, Duration.ofMinutes(1), loopback);
    }

    ImageIndexes(ResponseBudget budget, Duration limit, boolean loopback) {
        this.registry = new RegistryCall(budget, limit);
        this.loopback = loopback;
    }

    /**
     * Pushes an OCI image index of images in the repository, first by digest and then under each tag. A single image
     * gets the tags without an index. The same images give the same index, so that a repetition after a crash changes
     * nothing.
     *
     * @param namespace namespace whose share of the response budget is used
     * @param repository registry host, port and path
     * @param images one image for each platform
     * @param insecure whether the registry is contacted over plain HTTP
     * @return digest of the tagged index or image
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
        return registry.call(namespace, target, reservation -> {
            var manifests = new ManifestClient(new Connection(target, credentials, insecure, loopback, reservation));
            var found = new TreeMap<String, Manifest>();
            for (PlatformImage image : images) {
                if (found.put(image.platform(), manifests.get(image.digest())) != null) {
                    throw RegistryException.invalid("there are two images for " + image.platform());
                }
            }
            if (found.isEmpty()) {
                throw RegistryException.invalid("there is no image to tag in " + repository);
            }
            var tagged = found.size() == 1 ? found.firstEntry().getValue() : IndexDocument.of(found);
            if (found.size() > 1) {
                manifests.put(tagged.digest(), tagged);
            }
            for (String tag : tags) {
                manifests.put(tag, tagged);
            }
            return tagged.digest();
        });
    }
}
