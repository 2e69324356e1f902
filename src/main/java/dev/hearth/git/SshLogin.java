package dev.hearth.git;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.Locale;
import java.util.Optional;
import javax.security.auth.login.LoginException;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.config.keys.FilePasswordProvider;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.eclipse.jgit.transport.URIish;

/** Who logs in at a server of SSH, with which key, and by which keys the server is recognized. */
record SshLogin(String user, KeyPair key, KnownHosts hosts) {
    static final int PORT = 22;

    /** The user of all forges. */
    private static final String USER = "git";

    private static final String SECRET = " of the Secret of spec.source.credentials ";
    private static final String BEGIN = "-----BEGIN ";

    /** Reads the credentials. Throws if they cannot be used, with what to do. */
    static SshLogin of(URIish uri, GitCredentials.Key credentials) throws GitException {
        var port = CheckedAddress.port(uri, PORT);
        if (credentials.knownHosts().length() > KnownHosts.LONGEST) {
            throw invalid("the key known_hosts" + SECRET + "is longer than " + KnownHosts.LONGEST / 1024
                    + " KiB, the limit: keep only the lines of this server");
        }
        var hosts = KnownHosts.of(credentials.knownHosts(), host(uri), port);
        if (hosts.trusted().isEmpty()) {
            throw invalid("the key known_hosts" + SECRET + "names no key of the server: compare the output of "
                    + scan(uri) + " with what the owner of the server publishes, and add it");
        }
        return new SshLogin(Optional.ofNullable(uri.getUser()).orElse(USER), key(credentials.privateKey()), hosts);
    }

    /** Returns the name of the server as known_hosts has it. */
    static String host(URIish uri) {
        return uri.getHost().replaceAll("[\\[\\]]", "").toLowerCase(Locale.ROOT);
    }

    /** Returns the command that shows the keys of the server. */
    static String scan(URIish uri) {
        var port = CheckedAddress.port(uri, PORT);
        return "ssh-keyscan " + (port == PORT ? "" : "-p " + port + " ")
                + uri.getHost().replaceAll("[\\[\\]]", "");
    }

    @SuppressWarnings("IllegalCatch") // the parser throws whatever the text makes it throw
    private static KeyPair key(String text) throws GitException {
        // What only one of the two readers of a key accepts, the operator and ssh in a pod, would fail late.
        if (!text.startsWith(BEGIN) || !text.endsWith("\n") || text.contains("\r")) {
            throw invalid("the key ssh-privatekey" + SECRET
                    + "is no private key as ssh-keygen writes it: it has to begin with " + BEGIN.strip()
                    + ", to end with a line break, and to have lines that end as those of Linux");
        }
        try {
            var keys = SecurityUtils.loadKeyPairIdentities(
                    null,
                    NamedResource.ofName("ssh-privatekey"),
                    new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)),
                    FilePasswordProvider.EMPTY);
            if (keys != null && keys.iterator().hasNext()) {
                return keys.iterator().next();
            }
        } catch (LoginException e) {
            throw invalid(
                    "the key ssh-privatekey" + SECRET + "has a passphrase: use a key without one, such as a deploy key"
                            + " of this repository alone, made by ssh-keygen -t ed25519 -N ''");
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            // The message could quote the key.
        }
        throw invalid(
                "the key ssh-privatekey" + SECRET + "cannot be read: use a key of the types ed25519, ecdsa or rsa,"
                        + " made by ssh-keygen -t ed25519 -N ''");
    }

    private static GitException invalid(String message) {
        return new GitException(GitException.Reason.CredentialsInvalid, message);
    }
}
