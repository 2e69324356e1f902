package dev.hearth.git;

/** User and password, or token, of a repository. */
public record GitCredentials(String username, String password) {

    @Override
    public String toString() {
        return "Credentials[username=" + username + "]";
    }
}
