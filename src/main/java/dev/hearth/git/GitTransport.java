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
import org.eclipse.jgit.transport.URIish;

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
        var transport = switch (address.getScheme()) {
            case "git" ->
                new UploadPackTransport(
                        store, address, lines, () -> DaemonUploadPack.start(address, remote.loopback()));
            case "ssh" -> {
                var login = login(remote, address);
                yield new UploadPackTransport(
                        store, address, lines, () -> SshUploadPack.start(address, login, remote.loopback()));
            }
            default -> Transport.open(store, address);
        };
        transport.setTagOpt(TagOpt.NO_TAGS);
        if (transport instanceof TransportHttp http) {
            http.setHttpConnectionFactory(new CountedConnections(lines, remote.authorities(), remote.loopback()));
            if (remote.credentials() instanceof GitCredentials.Password(var username, var password)) {
                // Not by a CredentialsProvider: JGit would try it four times, which can lock the account, and for any
                // host.
                http.setPreemptiveBasicAuthentication(username, password);
            }
        }
        return transport;
    }

    private static SshLogin login(GitRemote remote, URIish address) throws GitException {
        if (remote.credentials() instanceof GitCredentials.Key key) {
            return SshLogin.of(address, key);
        }
        throw new GitException(
                GitException.Reason.CredentialsInvalid,
                remote.shown() + " needs a key: name a Secret with ssh-privatekey and known_hosts in"
                        + " spec.source.credentials");
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
