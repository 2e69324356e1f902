package dev.hearth.git;

import java.io.IOException;
import java.security.PublicKey;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.eclipse.jgit.transport.URIish;

/** A server of SSH has shown a key that it is not known by. The message continues the name of the server. */
final class HostKeyRejected extends IOException {
    HostKeyRejected(URIish uri, PublicKey key) {
        super("shows the host key " + KeyUtils.getKeyType(key) + " " + KeyUtils.getFingerPrint(key)
                + ", which the key known_hosts of the Secret of spec.source.credentials does not allow: the key of the server"
                + " was changed, or somebody else answers. If the owner of the server publishes this fingerprint, replace"
                + " known_hosts by the output of " + SshLogin.scan(uri));
    }
}
