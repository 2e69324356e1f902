package dev.hearth.registry;

/** User name and password for a registry. */
public record RegistryLogin(String username, String password) {

    @Override
    public String toString() {
        return "RegistryLogin[username=" + username + "]";
    }
}
