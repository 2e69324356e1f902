package dev.hearth.registry;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;

/**
 * Content of a registry that is read while it comes. Its end is an error where it was not what its digest says, and a
 * connection that breaks is one that says so: both are an {@link IOException} with a {@link RegistryException} as its cause.
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
        throw new IOException("content that is not read cannot be verified");
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    private void verify() throws IOException {
        // A second look at the end finds the digest of nothing, and has nothing to say any more.
        if (ended) {
            return;
        }
        ended = true;
        if (!expected.equals(Sha256.text(digest.digest()))) {
            throw new IOException(
                    RegistryException.invalid(repository + " has other content under the digest " + expected));
        }
    }
}
