package dev.hearth.git;

/** What a git server is shown so that it lets somebody read a repository. */
public sealed interface GitCredentials {

    /** User name and password, or token, for HTTP. */
    record Password(String username, String password) implements GitCredentials {
        @Override
        public String toString() {
            return "Password[username=" + username + "]";
        }
    }

    /**
     * A private key for SSH.
     *
     * @param privateKey the key as a file of OpenSSH or in PEM, without a passphrase
     * @param knownHosts the keys that the server may have, as a file {@code known_hosts} of OpenSSH
     */
    record Key(String privateKey, String knownHosts) implements GitCredentials {
        @Override
        public String toString() {
            return "Key[]";
        }
    }
}
