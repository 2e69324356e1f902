package dev.hearth.registry;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;

/**
 * A stream of a registry's content that is verified at its end. If the digest differs or the connection breaks, reading
 * throws an {@link IOException} with a {@link RegistryException} as its cause.
 */
final class VerifiedStream extends FilterInputStream {
    private final RegistryRepository repository;
    private final MessageDigest digest;
    private final String expected;
    private boolean ended;

    VerifiedStream(RegistryRepository repository, InputStream content, MessageDigest digest, String expected) {
        super(new DigestInputStream(content, digest));
        this.repository = repository;
        this.digest = digest;
        this.expected = expected;
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int count;
        try {
            count = super.read(buffer, offset, length);
        } catch (IOException e) {
            throw new IOException(RegistryException.unreachable(repository, e));
        }
        if (count < 0) {
            verify();
        }
        return count;
    }

    @Override
    public long skip(long count) throws IOException {
        throw new IOException("skipped content cannot be verified");
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    private void verify() throws IOException {
        // The digest is reset after its first use, so it must not be compared again.
        if (ended) {
            return;
        }
        ended = true;
        if (!expected.equals(Sha256.text(digest.digest()))) {
            throw new IOException(RegistryException.invalid(
                    repository + " sends content that does not match the digest " + expected));
        }
    }
}
