package dev.hearth.git;

/** User and password, or token, of a repository. */
public record Credentials(String username, String password) {

    @Override
    public String toString() {
        return "Credentials[username=" + username + "]";
    }
}
