package dev.hearth.git;

import java.io.IOException;
import java.security.PublicKey;
import org.apache.sshd.client.config.hosts.KnownHostHashValue;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.eclipse.jgit.transport.URIish;

/** A server of SSH has shown a key that it is not known by. The message continues the name of the server. */
final class HostKeyRejected extends IOException {
    /** More than a key of any usual size. The server decides how long its key is. */
    private static final int LONGEST = 4000;

    HostKeyRejected(URIish uri, PublicKey key) {
        super("shows the host key " + KeyUtils.getKeyType(key) + " " + KeyUtils.getFingerPrint(key)
                + ", which the key known_hosts of the Secret of spec.source.credentials does not allow: the key of the server"
                + " was changed, or somebody else answers. If the owner of the server publishes this fingerprint, add "
                + line(uri, key));
    }

    /** Names the line of this key. A scan of the server would also show keys that nobody has compared. */
    private static String line(URIish uri, PublicKey key) {
        var text = PublicKeyEntry.toString(key);
        return text.length() > LONGEST
                ? "the line of this key to known_hosts"
                : "this line to known_hosts: "
                        + KnownHostHashValue.createHostPattern(
                                SshLogin.host(uri), CheckedAddress.port(uri, SshLogin.PORT))
                        + " " + text;
    }
}
