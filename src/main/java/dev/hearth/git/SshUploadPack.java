package dev.hearth.git;

import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.common.SshException;
import org.eclipse.jgit.transport.URIish;
import org.eclipse.jgit.util.QuotedString;

/** The program behind ssh:// URLs, which the user of the URL may run at the server. */
record SshUploadPack(LimitedSshClient client, ChannelExec channel, Said errors) implements UploadPack {

    static SshUploadPack start(URIish uri, SshLogin login, boolean loopback) throws IOException {
        var client = new LimitedSshClient(login);
        try {
            // Requests version 2 of the protocol, in which a server sends only the requested refs.
            var channel = client.connect(uri, loopback)
                    .createExecChannel(
                            "git-upload-pack " + QuotedString.BOURNE.quote(path(uri)),
                            null,
                            Map.of("GIT_PROTOCOL", "version=2"));
            var errors = new Said();
            channel.setErr(errors);
            channel.open().verify();
            return new SshUploadPack(client, channel, errors);
        } catch (SshException | IllegalStateException e) { // the latter if the server has left between two calls
            client.close();
            throw client.failure()
                    .filter(LimitExceeded.class::isInstance)
                    .<IOException>map(LimitExceeded.class::cast)
                    .orElseGet(() -> new ConnectionLost(e));
        } catch (IOException | RuntimeException e) {
            client.close();
            throw e;
        }
    }

    /** As git does, asks for a path in a home directory without the slash before it. */
    private static String path(URIish uri) {
        return uri.getPath().startsWith("/~") ? uri.getPath().substring(1) : uri.getPath();
    }

    @Override
    public InputStream output() {
        return new FilterInputStream(channel.getInvertedOut()) {
            @Override
            public int read() throws IOException {
                return checked(super.read());
            }

            @Override
            public int read(byte[] bytes, int offset, int count) throws IOException {
                return checked(super.read(bytes, offset, count));
            }
        };
    }

    /** The library ends the stream even if it has left the server. */
    private int checked(int read) throws IOException {
        var failure = read < 0 ? client.failure() : Optional.<Throwable>empty();
        if (failure.isPresent()) {
            throw new IOException(failure.get().getMessage(), failure.get());
        }
        return read;
    }

    @Override
    public OutputStream input() {
        return channel.getInvertedIn();
    }

    @Override
    public String said() {
        return errors.line();
    }

    @Override
    public void close() {
        client.close();
    }

    /** Keeps the beginning of what a program says on its error stream. Fails if that is much, which ends the connection. */
    private static final class Said extends OutputStream {
        private static final int KEPT = 200;
        private static final int MOST = 64 << 10;

        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
        private int size;

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public synchronized void write(byte[] bytes, int offset, int count) throws IOException {
            size += count;
            if (size > MOST) {
                throw new LimitExceeded("the server sends more than " + MOST / 1024 + " KiB of errors, the limit");
            }
            kept.write(bytes, offset, Math.min(count, KEPT - kept.size()));
        }

        synchronized String line() {
            return kept.toString(StandardCharsets.UTF_8)
                    .replaceAll("[\\p{Cc}\\p{Cf}\\s]+", " ")
                    .strip();
        }
    }
}
