package dev.hearth.git;

/** User name and password, or token, for a repository. */
public record GitCredentials(String username, String password) {

    @Override
    public String toString() {
        return "GitCredentials[username=" + username + "]";
    }
}
