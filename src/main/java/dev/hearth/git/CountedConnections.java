package dev.hearth.git;

import dev.hearth.authority.AddedAuthorities;
import dev.hearth.destination.Destination;
import java.io.IOException;
import java.io.InputStream;
import java.net.Proxy;
import java.net.URL;
import java.security.GeneralSecurityException;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.eclipse.jgit.transport.http.HttpConnection;
import org.eclipse.jgit.transport.http.JDKHttpConnection;
import org.eclipse.jgit.transport.http.JDKHttpConnectionFactory;
import org.jspecify.annotations.Nullable;

/**
 * Opens HTTP connections whose answers are counted after decompression: a kilobyte of gzip can be a megabyte of refs.
 */
final class CountedConnections extends JDKHttpConnectionFactory {
    private final CountedStream.Lines lines;
    private final AddedAuthorities authorities;
    private final boolean loopback;

    CountedConnections(CountedStream.Lines lines, AddedAuthorities authorities, boolean loopback) {
        this.lines = lines;
        this.authorities = authorities;
        this.loopback = loopback;
    }

    @Override
    public HttpConnection create(URL url) throws IOException {
        checkAddress(url);
        return trusting(url, new Connection(url, lines));
    }

    @Override
    public HttpConnection create(URL url, Proxy proxy) throws IOException {
        checkAddress(url);
        return trusting(url, new Connection(url, proxy, lines));
    }

    private HttpConnection trusting(URL url, HttpConnection connection) throws IOException {
        if (!authorities.isEmpty() && url.getProtocol().equals("https")) {
            try {
                connection.configure(null, authorities.trustManagers(), null);
            } catch (GeneralSecurityException e) {
                throw new IOException(e);
            }
        }
        return connection;
    }

    /** Checks the address before each request, because the address of a host name can change between two requests. */
    private void checkAddress(URL url) throws IOException {
        var refusal = Destination.refusal(url.getHost(), loopback);
        if (refusal.isPresent()) {
            throw new IOException(refusal.get());
        }
    }

    private static final class Connection extends JDKHttpConnection {
        private static final String ENCODING = "Content-Encoding";
        private static final Set<String> COMPRESSED = Set.of("gzip", "x-gzip");

        private final CountedStream.Lines lines;
        private @Nullable InputStream counted;

        Connection(URL url, CountedStream.Lines lines) throws IOException {
            super(url);
            this.lines = lines;
        }

        Connection(URL url, Proxy proxy, CountedStream.Lines lines) throws IOException {
            super(url, proxy);
            this.lines = lines;
        }

        @Override
        public InputStream getInputStream() throws IOException {
            if (counted == null) {
                var sent = super.getInputStream();
                var compressed = COMPRESSED.contains(String.valueOf(super.getHeaderField(ENCODING)));
                counted = new CountedStream(compressed ? new GZIPInputStream(sent) : sent, lines);
            }
            return counted;
        }

        /** Hides the encoding, because JGit would decompress the answer again. */
        @Override
        public @Nullable String getHeaderField(String name) {
            return ENCODING.equalsIgnoreCase(name) ? null : super.getHeaderField(name);
        }
    }
}
