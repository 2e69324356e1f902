package dev.hearth.git;

import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.eclipse.jgit.errors.NoRemoteRepositoryException;

/** Why a repository could not be read, in a word and in a sentence that says what to do. */
public final class GitException extends Exception {

    /** Only {@code Unreachable} may pass by itself. */
    public enum Reason {
        RepositoryNotFound,
        AuthenticationFailed,
        Unreachable,
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

    /** Reads what JGit threw; it tells many failures apart by text alone. */
    static GitException of(GitRemote remote, Throwable thrown) {
        var url = remote.url();
        var said = causes(thrown)
                .map(cause -> Objects.toString(cause.getMessage(), ""))
                .reduce("", (all, next) -> all + "\n" + next)
                .toLowerCase(Locale.ROOT);
        if (said.contains("not authorized")
                || said.contains("authentication is required")
                || said.contains("not permitted")) {
            return new GitException(
                    Reason.AuthenticationFailed,
                    remote.credentials() == null
                            ? url + " wants credentials: name a Secret with them in spec.source.credentials"
                            : url + " refuses the credentials of spec.source.credentials");
        }
        if (causes(thrown).anyMatch(UnknownHostException.class::isInstance)) {
            return new GitException(
                    Reason.Unreachable,
                    "the host of " + url + " is not known: check spec.source.url, or the cluster's DNS");
        }
        if (causes(thrown).anyMatch(GitException::isNetwork) || said.contains("timeout")) {
            return new GitException(Reason.Unreachable, url + " does not answer: " + shortest(thrown));
        }
        if (causes(thrown).anyMatch(NoRemoteRepositoryException.class::isInstance)
                || said.contains("not found")
                || said.contains("access denied or repository not exported")
                || said.contains("unexpected end of")) {
            return new GitException(
                    Reason.RepositoryNotFound,
                    url + " is no repository, or a private one: check spec.source.url and spec.source.credentials");
        }
        return new GitException(Reason.Invalid, url + " cannot be read: " + shortest(thrown));
    }

    private static boolean isNetwork(Throwable cause) {
        return cause instanceof ConnectException
                || cause instanceof NoRouteToHostException
                || cause instanceof SocketException
                || cause instanceof InterruptedIOException;
    }

    private static Stream<Throwable> causes(Throwable thrown) {
        return Stream.iterate(thrown, Objects::nonNull, Throwable::getCause);
    }

    private static String shortest(Throwable thrown) {
        return causes(thrown)
                .map(cause ->
                        Objects.toString(cause.getMessage(), cause.getClass().getSimpleName()))
                .map(text -> text.lines().findFirst().orElse(""))
                .reduce((_, last) -> last)
                .orElse("unknown");
    }
}
