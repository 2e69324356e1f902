package dev.hearth.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.nio.charset.StandardCharsets;

/**
 * Writes an image of one layer as container runtimes want it: of the same layer always the same bytes, so without a date.
 *
 * @param config what an image says of itself; runtimes check the layer against it
 */
record ArtifactDocument(String config, Manifest manifest) {
    private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    private static final String CONFIG = "application/vnd.oci.image.config.v1+json";
    private static final String LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";

    static ArtifactDocument of(ArtifactLayer layer) {
        var config = BoundedJson.MAPPER
                .createObjectNode()
                .put("architecture", "amd64")
                .put("os", "linux");
        config.putObject("config");
        config.putObject("rootfs").put("type", "layers").putArray("diff_ids").add(layer.diffId());
        var text = config.toString();
        var manifest =
                BoundedJson.MAPPER.createObjectNode().put("schemaVersion", 2).put("mediaType", MANIFEST);
        manifest.putObject("config")
                .put("mediaType", CONFIG)
                .put("digest", Sha256.of(bytes(text)))
                .put("size", bytes(text).length);
        manifest.putArray("layers")
                .addObject()
                .put("mediaType", LAYER)
                .put("digest", layer.digest())
                .put("size", layer.size());
        return new ArtifactDocument(text, new Manifest(MANIFEST, manifest.toString()));
    }

    /** The digest of the layer that an image's manifest names; of an image that was not made here there is none. */
    static String layer(Manifest manifest) throws RegistryException {
        try {
            var layers = BoundedJson.MAPPER.readTree(manifest.json()).path("layers");
            if (layers.size() == 1
                    && LAYER.equals(layers.path(0).path("mediaType").asText())) {
                return layers.path(0).path("digest").asText();
            }
        } catch (JsonProcessingException e) {
            // Said below: what cannot be read is no artifact either.
        }
        throw RegistryException.invalid(
                "the image " + manifest.digest() + " is no artifact: it has not one layer of tar and gzip");
    }

    String configDigest() {
        return Sha256.of(configBytes());
    }

    byte[] configBytes() {
        return bytes(config);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
