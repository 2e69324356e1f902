package dev.hearth.registry;

import land.oras.exception.OrasException;

/** Why a registry did not take an index. */
public final class RegistryException extends Exception {
    private static final int SERVER_ERRORS = 500;
    private static final int TOO_MANY_REQUESTS = 429;

    private final boolean transientFailure;

    private RegistryException(String message, boolean transientFailure, OrasException cause) {
        super(message, cause);
        this.transientFailure = transientFailure;
    }

    static RegistryException of(String repository, OrasException cause) {
        int status = cause.getStatusCode() == null ? 0 : cause.getStatusCode();
        return switch (status) {
            case 401, 403 ->
                new RegistryException(
                        "the registry refuses to push to " + repository + ": check push.credentials of the build",
                        false,
                        cause);
            case 404 ->
                new RegistryException(
                        repository + " has not got an image that was just pushed: " + cause.getMessage(), false, cause);
            default ->
                new RegistryException(
                        "cannot push to " + repository + ": " + cause.getMessage(),
                        // No status at all: the registry was not reached.
                        status == 0 || status == TOO_MANY_REQUESTS || status >= SERVER_ERRORS,
                        cause);
        };
    }

    /** Whether trying again may help. */
    public boolean transientFailure() {
        return transientFailure;
    }
}
