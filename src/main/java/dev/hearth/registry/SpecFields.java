package dev.hearth.registry;

/** The fields of a spec that name a repository and its credentials, for messages that tell what to change. */
enum SpecFields {
    PUSH("push.repository", "push.credentials"),
    ARTIFACTS("spec.artifacts.repository", "spec.artifacts.credentials");

    private final String repository;
    private final String credentials;

    SpecFields(String repository, String credentials) {
        this.repository = repository;
        this.credentials = credentials;
    }

    String repository() {
        return repository;
    }

    String credentials() {
        return credentials;
    }
}
