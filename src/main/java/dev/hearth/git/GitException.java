package dev.hearth.git;

/** Why a repository could not be read: in a word, and in one line that tells a user what to do. */
public final class GitException extends Exception {

    /** Only {@code Unreachable} and {@code Busy} may pass by themselves. */
    public enum Reason {
        RepositoryNotFound,
        AuthenticationFailed,
        Unreachable,
        /** The operator, not the server: it reads as much as its memory takes. */
        Busy,
        RefNotFound,
        /** More than one answer may have. */
        TooLarge,
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
