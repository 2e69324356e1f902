package dev.hearth.git;

import java.io.IOException;
import java.security.PublicKey;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.sshd.client.ClientBuilder;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.client.config.hosts.HostConfigEntryResolver;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.client.session.ClientSessionImpl;
import org.apache.sshd.client.session.SessionFactory;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.compression.BuiltinCompressions;
import org.apache.sshd.common.config.keys.FilePasswordProvider;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionListener;
import org.apache.sshd.core.CoreModuleProperties;
import org.eclipse.jgit.transport.URIish;

/**
 * A client of SSH for one connection to a server that is not trusted. It reads no file and no variable of the machine, asks
 * no agent and no proxy, offers one key and nothing else, and limits what a server can make it keep in memory.
 */
final class LimitedSshClient implements AutoCloseable {
    /** What a server may send before it is read. */
    private static final long WINDOW = 256 << 10;

    private final SshLogin login;
    private final SshClient client;
    private final AtomicReference<PublicKey> rejected = new AtomicReference<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    LimitedSshClient(SshLogin login) {
        this.login = login;
        this.client = ClientBuilder.builder()
                .hostConfigEntryResolver(HostConfigEntryResolver.EMPTY)
                .filePasswordProvider(FilePasswordProvider.EMPTY)
                .serverKeyVerifier((_, _, key) -> accepts(key))
                .compressionFactories(List.of(BuiltinCompressions.none))
                .build(true);
        client.setSignatureFactories(login.hosts().order(client.getSignatureFactories()));
        client.setUserAuthFactories(List.of(UserAuthPublicKeyFactory.INSTANCE));
        client.setKeyIdentityProvider(KeyIdentityProvider.wrapKeyPairs(login.key()));
        client.setSessionFactory(new Sessions(client));
        client.addSessionListener(new SessionListener() {
            @Override
            public void sessionException(Session session, Throwable thrown) {
                failure.compareAndSet(null, thrown);
            }
        });
        CoreModuleProperties.WINDOW_SIZE.set(client, WINDOW);
        CoreModuleProperties.NIO_WORKERS.set(client, 1);
        // The call has a time limit, which does not count the wait for a turn to read a large answer.
        CoreModuleProperties.IDLE_TIMEOUT.set(client, Duration.ZERO);
        CoreModuleProperties.AUTH_TIMEOUT.set(client, Duration.ZERO);
        client.start();
    }

    /**
     * Connects and logs in.
     *
     * @throws HostKeyRejected if the server is not the known one
     * @throws KeyRejected if the server does not accept the key
     */
    ClientSession connect(URIish uri, boolean loopback) throws IOException {
        var address = CheckedAddress.of(uri, SshLogin.PORT, loopback);
        var session = client.connect(login.user(), address).verify().getSession();
        try {
            session.auth().verify();
            return session;
        } catch (SshException e) {
            var key = rejected.get();
            if (key != null) {
                throw new HostKeyRejected(uri, key);
            }
            throw e.getDisconnectCode() == SshConstants.SSH2_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE
                    ? new KeyRejected(e)
                    : e;
        }
    }

    private boolean accepts(PublicKey key) {
        var accepted = login.hosts().accepts(key);
        if (!accepted) {
            rejected.set(key);
        }
        return accepted;
    }

    /** Returns why the connection has ended before the server wanted it to. Empty if it has not. */
    Optional<Throwable> failure() {
        return Optional.ofNullable(failure.get());
    }

    /** Ends the connection at once. */
    @Override
    public void close() {
        client.close(true);
    }

    private static final class Sessions extends SessionFactory {
        Sessions(SshClient client) {
            super(client);
        }

        @Override
        protected ClientSessionImpl doCreateSession(IoSession connection) throws Exception {
            return new LimitedSession(getClient(), connection);
        }
    }
}
