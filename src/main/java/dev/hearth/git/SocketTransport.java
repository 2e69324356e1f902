package dev.hearth.git;

import dev.hearth.destination.Destination;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.List;
import org.eclipse.jgit.errors.NotSupportedException;
import org.eclipse.jgit.errors.TransportException;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.transport.BasePackFetchConnection;
import org.eclipse.jgit.transport.FetchConnection;
import org.eclipse.jgit.transport.PackTransport;
import org.eclipse.jgit.transport.PushConnection;
import org.eclipse.jgit.transport.RefSpec;
import org.eclipse.jgit.transport.TcpTransport;
import org.eclipse.jgit.transport.URIish;

/** A transport for git:// that counts the received bytes, which JGit's transport does not allow. */
final class SocketTransport extends TcpTransport implements PackTransport {
    private static final int PORT = 9418;

    private final CountedStream.Lines lines;
    private final boolean loopback;

    SocketTransport(Repository local, URIish uri, CountedStream.Lines lines, boolean loopback) {
        super(local, uri);
        this.lines = lines;
        this.loopback = loopback;
    }

    @Override
    public FetchConnection openFetch() throws TransportException {
        return openFetch(List.of());
    }

    @Override
    public FetchConnection openFetch(Collection<RefSpec> refs, String... more) throws TransportException {
        return new Connection(this, refs, more);
    }

    @Override
    public PushConnection openPush() throws NotSupportedException {
        throw new NotSupportedException("Hearth does not push to git repositories");
    }

    @Override
    public void close() {
        // Connections close their sockets.
    }

    private Socket connect() throws TransportException {
        var socket = new Socket();
        try {
            var host = InetAddress.getByName(uri.getHost());
            var refusal = Destination.refusal(host.getHostAddress(), loopback);
            if (refusal.isPresent()) {
                throw new IOException(refusal.get());
            }
            socket.connect(new InetSocketAddress(host, port()));
            return socket;
        } catch (UnknownHostException e) {
            throw new TransportException(uri, "unknown host", e);
        } catch (IOException e) {
            throw new TransportException(uri, e.getMessage(), e);
        }
    }

    private int port() {
        return uri.getPort() > 0 ? uri.getPort() : PORT;
    }

    /** Requests version 2 of the protocol, in which a server sends only the requested refs. */
    private String request() {
        var host = port() == PORT ? uri.getHost() : uri.getHost() + ":" + port();
        return "git-upload-pack " + uri.getPath() + "\0host=" + host + "\0\0version=2\0";
    }

    private static final class Connection extends BasePackFetchConnection {
        private final Socket socket;

        Connection(SocketTransport transport, Collection<RefSpec> refs, String... more) throws TransportException {
            super(transport);
            this.socket = transport.connect();
            try {
                init(
                        new BufferedInputStream(new CountedStream(socket.getInputStream(), transport.lines)),
                        new BufferedOutputStream(socket.getOutputStream()));
                pckOut.writeString(transport.request());
                pckOut.flush();
            } catch (IOException e) {
                close();
                throw new TransportException(transport.uri, "remote hung up unexpectedly", e);
            }
            if (!readAdvertisedRefs()) {
                lsRefs(refs, more);
            }
        }

        @Override
        public void close() {
            super.close();
            try {
                socket.close();
            } catch (IOException e) {
                // The socket is not used after this.
            }
        }
    }
}
