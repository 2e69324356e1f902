package dev.hearth.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hearth.http.BoundedJson;
import java.util.SortedMap;

/** Writes OCI image indexes. The same images always give the same bytes, so an index has no date and a fixed order. */
final class IndexDocument {
    private static final String MEDIA_TYPE = "application/vnd.oci.image.index.v1+json";

    private IndexDocument() {}

    /**
     * Returns the index of images by platform. For an image that is an index itself, such as one with attestations, its
     * entries are added, because registries do not support nested indexes.
     */
    static Manifest of(SortedMap<String, Manifest> byPlatform) throws RegistryException {
        var index =
                BoundedJson.MAPPER.createObjectNode().put("schemaVersion", 2).put("mediaType", MEDIA_TYPE);
        var manifests = index.putArray("manifests");
        for (var image : byPlatform.entrySet()) {
            if (image.getValue().isIndex()) {
                splice(manifests, image.getKey(), image.getValue());
            } else {
                manifests
                        .addObject()
                        .put("mediaType", image.getValue().mediaType())
                        .put("digest", image.getValue().digest())
                        .put("size", image.getValue().bytes().length)
                        .set("platform", platform(image.getKey()));
            }
        }
        return new Manifest(MEDIA_TYPE, index.toString());
    }

    private static void splice(ArrayNode manifests, String platform, Manifest child) throws RegistryException {
        try {
            for (JsonNode entry : BoundedJson.MAPPER.readTree(child.json()).path("manifests")) {
                if (entry instanceof ObjectNode descriptor) {
                    if (!descriptor.hasNonNull("platform")) {
                        descriptor.set("platform", platform(platform));
                    }
                    manifests.add(descriptor);
                }
            }
        } catch (JsonProcessingException e) {
            throw RegistryException.invalid("the image " + child.digest() + " is an index that cannot be read");
        }
    }

    private static ObjectNode platform(String name) throws RegistryException {
        var parts = name.split("/", -1);
        if (parts.length < 2 || parts.length > 3) {
            throw RegistryException.invalid(name + " is not a platform such as linux/amd64 or linux/arm/v7");
        }
        var platform = BoundedJson.MAPPER
                .createObjectNode()
                .put("architecture", parts[1])
                .put("os", parts[0]);
        return parts.length == 3 ? platform.put("variant", parts[2]) : platform;
    }
}
