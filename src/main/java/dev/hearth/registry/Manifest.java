package dev.hearth.registry;

import java.nio.charset.StandardCharsets;

/** A manifest or index, byte by byte as in the registry, because every change of a byte changes its digest. */
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
