package dev.hearth.registry;

import java.security.MessageDigest;
import java.util.HexFormat;
import org.apache.commons.codec.digest.DigestUtils;

/** SHA-256 digests in the format of registries. */
final class Sha256 {
    private Sha256() {}

    static String of(byte[] content) {
        return text(start().digest(content));
    }

    static String text(byte[] digest) {
        return "sha256:" + HexFormat.of().formatHex(digest);
    }

    static MessageDigest start() {
        return DigestUtils.getSha256Digest();
    }
}
