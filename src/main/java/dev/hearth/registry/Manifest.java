package dev.hearth.registry;

import java.nio.charset.StandardCharsets;

/** A manifest or an index, to the byte as a registry has it: another byte is another digest. */
record Manifest(String mediaType, String json) {

    byte[] bytes() {
        return json.getBytes(StandardCharsets.UTF_8);
    }

    String digest() {
        return Sha256.of(bytes());
    }

    boolean isIndex() {
        return mediaType.equals("application/vnd.oci.image.index.v1+json")
                || mediaType.equals("application/vnd.docker.distribution.manifest.list.v2+json");
    }
}
