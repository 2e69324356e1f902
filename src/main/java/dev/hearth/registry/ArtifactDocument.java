package dev.hearth.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.hearth.http.BoundedJson;
import java.nio.charset.StandardCharsets;

/**
 * The configuration and manifest of an image with one layer. They are always the same for the same layer, so they have
 * no date.
 *
 * @param config configuration of the image, against which container runtimes check the layer
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

    /** Returns the digest of an artifact's layer. Throws if the manifest is not that of an artifact. */
    static String layer(Manifest manifest) throws RegistryException {
        try {
            var layers = BoundedJson.MAPPER.readTree(manifest.json()).path("layers");
            if (layers.size() == 1
                    && LAYER.equals(layers.path(0).path("mediaType").asText())) {
                return layers.path(0).path("digest").asText();
            }
        } catch (JsonProcessingException e) {
            // Not an artifact, as below.
        }
        throw RegistryException.invalid(
                "the image " + manifest.digest() + " is not an artifact: it does not have one layer of tar and gzip");
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
