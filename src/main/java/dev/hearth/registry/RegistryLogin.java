package dev.hearth.registry;

/** User and password of a registry. */
public record RegistryLogin(String username, String password) {

    @Override
    public String toString() {
        return "Credentials[username=" + username + "]";
    }
}
