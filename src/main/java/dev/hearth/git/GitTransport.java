package dev.hearth.git;

import dev.hearth.budget.Response;
import java.io.IOException;
import java.util.Collection;
import org.eclipse.jgit.transport.BasePackFetchConnection;
import org.eclipse.jgit.transport.FetchConnection;
import org.eclipse.jgit.transport.RefSpec;
import org.eclipse.jgit.transport.TagOpt;
import org.eclipse.jgit.transport.Transport;
import org.eclipse.jgit.transport.TransportHttp;

/**
 * Opens transports. It is the only place that does, so that every transport protects credentials and memory. A
 * transport has no timeout, which would include the wait for a turn to read a large answer; {@link GitCall} has the
 * time limit.
 */
final class GitTransport {
    private GitTransport() {}

    static Transport open(GitRemote remote, CommitStore store, Response response) throws IOException, GitException {
        var address = remote.address();
        var lines = new CountedStream.Lines(response);
        var transport = "git".equals(address.getScheme())
                ? new SocketTransport(store, address, lines, remote.loopback())
                : Transport.open(store, address);
        transport.setTagOpt(TagOpt.NO_TAGS);
        if (transport instanceof TransportHttp http) {
            http.setHttpConnectionFactory(new CountedConnections(lines, remote.loopback()));
            var credentials = remote.credentials();
            if (credentials != null) {
                // Not by a CredentialsProvider: JGit would try it four times, which can lock the account, and for any
                // host.
                http.setPreemptiveBasicAuthentication(credentials.username(), credentials.password());
            }
        }
        return transport;
    }

    /** Connects to a server. One that serves plain files is rejected: JGit would fetch from it without any limit. */
    static FetchConnection connect(GitRemote remote, Transport transport, Collection<RefSpec> refs)
            throws IOException, GitException {
        var connection = transport.openFetch(refs);
        if (connection instanceof BasePackFetchConnection) {
            return connection;
        }
        connection.close();
        throw new GitException(
                GitException.Reason.Invalid,
                remote.shown() + " serves plain files (dumb HTTP): use a server that runs git, as every forge does");
    }
}
