package dev.hearth.registry;

import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import land.oras.ContainerRef;
import land.oras.Index;
import land.oras.ManifestDescriptor;
import land.oras.Platform;
import land.oras.Registry;
import land.oras.auth.NoAuthProvider;
import land.oras.auth.UsernamePasswordProvider;
import land.oras.exception.OrasException;
import land.oras.utils.SupportedAlgorithm;
import org.jspecify.annotations.Nullable;

/** Makes the images of several platforms one, and gives it its tags. */
@ApplicationScoped
public class ImageIndexes {

    /**
     * Pushes one OCI index of images that are in the repository, by digest and then under each tag. The same images give
     * the same bytes, so that doing it again after a crash changes nothing.
     *
     * @param repository registry host, port and path
     * @param insecure whether the registry is talked to over plain HTTP
     * @return digest of the index
     */
    public String publish(
            String repository,
            List<PlatformImage> images,
            List<String> tags,
            @Nullable Credentials credentials,
            boolean insecure)
            throws RegistryException {
        try {
            var registry = Registry.builder()
                    .withAuthProvider(
                            credentials == null
                                    ? new NoAuthProvider()
                                    : new UsernamePasswordProvider(credentials.username(), credentials.password()))
                    .withInsecure(insecure)
                    .build();
            var manifests = new ArrayList<ManifestDescriptor>();
            for (PlatformImage image : images.stream()
                    .sorted(Comparator.comparing(PlatformImage::platform))
                    .toList()) {
                var found = registry.getDescriptor(ContainerRef.parse(repository + "@" + image.digest()));
                manifests.add(ManifestDescriptor.of(found.getMediaType(), image.digest(), found.getSize())
                        .withPlatform(platform(image.platform())));
            }
            var index = Index.fromManifests(manifests);
            var digest = SupportedAlgorithm.SHA256.digest(index.toJson().getBytes(StandardCharsets.UTF_8));
            registry.pushIndex(ContainerRef.parse(repository + "@" + digest), index);
            for (String tag : tags) {
                registry.pushIndex(ContainerRef.parse(repository + ":" + tag), index);
            }
            return digest;
        } catch (OrasException e) {
            throw RegistryException.of(repository, e);
        }
    }

    private static Platform platform(String name) {
        var parts = name.split("/", 3);
        return parts.length == 3 ? Platform.of(parts[0], parts[1], parts[2]) : Platform.of(parts[0], parts[1]);
    }
}
