package dev.hearth.git;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.List;
import org.eclipse.jgit.errors.NoRemoteRepositoryException;
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

/** A transport for git:// and ssh:// that counts the received bytes, which JGit's transports do not allow. */
final class UploadPackTransport extends TcpTransport implements PackTransport {
    private final CountedStream.Lines lines;
    private final UploadPack.Starter starter;

    UploadPackTransport(Repository local, URIish uri, CountedStream.Lines lines, UploadPack.Starter starter) {
        super(local, uri);
        this.lines = lines;
        this.starter = starter;
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
        // Connections close what they have started.
    }

    private UploadPack start() throws TransportException {
        try {
            return starter.start();
        } catch (TransportException e) {
            throw e;
        } catch (UnknownHostException e) {
            throw new TransportException(uri, "unknown host", e);
        } catch (IOException e) {
            throw new TransportException(uri, e.getMessage(), e);
        }
    }

    private static final class Connection extends BasePackFetchConnection {
        private final UploadPack program;

        Connection(UploadPackTransport transport, Collection<RefSpec> refs, String... more) throws TransportException {
            super(transport);
            this.program = transport.start();
            init(
                    new BufferedInputStream(new CountedStream(program.output(), transport.lines)),
                    new BufferedOutputStream(program.input()));
            try {
                if (!readAdvertisedRefs()) {
                    lsRefs(refs, more);
                }
            } catch (NoRemoteRepositoryException e) {
                // The server ended without a word of git's protocol. What it said instead is the reason.
                throw program.said().isEmpty() ? e : new NotServed(transport.uri, program.said());
            }
        }

        @Override
        public void close() {
            // First, because JGit says goodbye, which a server that reads nothing would delay without end.
            program.close();
            super.close();
        }
    }
}
