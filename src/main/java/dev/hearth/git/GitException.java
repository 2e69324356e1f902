package dev.hearth.git;

/** Why a repository could not be read: in a word, and in one line that tells a user what to do. */
public final class GitException extends Exception {

    /** Only {@code Unreachable} may pass by itself. */
    public enum Reason {
        RepositoryNotFound,
        AuthenticationFailed,
        Unreachable,
        RefNotFound,
        Invalid
    }

    private final Reason reason;

    public GitException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
