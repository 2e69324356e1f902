package dev.hearth.git;

/** A repository could not be read. The message is one line that tells a user what to do. */
public final class GitException extends Exception {

    /** Why a repository could not be read. Only {@code Unreachable} and {@code Busy} can pass without a change. */
    public enum Reason {
        RepositoryNotFound,
        AuthenticationFailed,
        /** The credentials cannot be used, whatever the server says. */
        CredentialsInvalid,
        /** The server has shown an SSH key that it is not known by. */
        HostKeyRejected,
        Unreachable,
        /** The operator reads as many other answers as its memory allows. */
        Busy,
        RefNotFound,
        /** An answer is larger than the limit. */
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
