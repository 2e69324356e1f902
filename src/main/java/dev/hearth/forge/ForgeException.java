package dev.hearth.forge;

import dev.hearth.core.forge.ForgeAddress;
import dev.hearth.http.NetworkFailure;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A forge could not be read or written. The message is one line that tells a user what to do. */
public final class ForgeException extends Exception {
    private final Kind kind;
    private final @Nullable Instant until;

    /** What failed. */
    public enum Kind {
        /** No answer, or an error of the forge. */
        Unavailable,
        /** The token is not accepted, or may not do this. */
        Denied,
        /** The repository does not exist, or is not shown to the token. */
        NotFound,
        /** Too many requests. */
        RateLimited,
        /** The forge refuses this one status. */
        Refused
    }

    private ForgeException(Kind kind, String message, @Nullable Instant until) {
        super(message);
        this.kind = kind;
        this.until = until;
    }

    public Kind kind() {
        return kind;
    }

    /** Returns whether it is about one commit or ref, so that others may be reported. */
    public boolean isOfOneCommit() {
        return switch (kind) {
            case Refused -> true;
            case Unavailable, Denied, NotFound, RateLimited -> false;
        };
    }

    /** Returns the time before which the forge accepts no further request. */
    public Optional<Instant> until() {
        return Optional.ofNullable(until);
    }

    static ForgeException refused(ForgeAddress address, String commit, int status) {
        return new ForgeException(
                Kind.Refused,
                address.host() + " refuses the status of commit " + commit + " of " + address.repository() + " (answer "
                        + status + "): the commit may be gone, or have too many statuses",
                null);
    }

    static ForgeException refusedRef(ForgeAddress address, String ref) {
        return new ForgeException(
                Kind.Refused,
                address.host() + " does not accept a status of " + ref + " of " + address.repository()
                        + ": the token of spec.forge.token needs a role that may push there, such as Maintainer if it is"
                        + " protected",
                null);
    }

    static ForgeException denied(ForgeAddress address) {
        var permission = switch (address.type()) {
            case GitHub -> "Commit statuses: read and write";
            case GitLab ->
                "the scope api, and a role that may push to the branch: Developer, or Maintainer where it is protected";
            case Gitea, Forgejo -> "the scope write:repository, and its user may write the repository";
        };
        return new ForgeException(
                Kind.Denied,
                address.host() + " does not accept the token of spec.forge.token for " + address.repository()
                        + ": it needs " + permission,
                null);
    }

    static ForgeException notFound(ForgeAddress address) {
        return new ForgeException(
                Kind.NotFound,
                address.host() + " has no repository " + address.repository()
                        + " that the token of spec.forge.token may read: check spec.forge.url and"
                        + " spec.forge.repository",
                null);
    }

    static ForgeException moved(ForgeAddress address) {
        return new ForgeException(
                Kind.NotFound,
                address.host() + " redirects requests for " + address.repository()
                        + ", and Hearth sends the token to no other address: correct spec.forge.url and"
                        + " spec.forge.repository",
                null);
    }

    static ForgeException rateLimited(ForgeAddress address, Instant until) {
        return new ForgeException(
                Kind.RateLimited,
                address.host() + " accepts no more requests of the token of spec.forge.token for now",
                until);
    }

    static ForgeException unavailable(ForgeAddress address, int status) {
        return new ForgeException(
                Kind.Unavailable, "the API of " + address.host() + " answered with status " + status, null);
    }

    static ForgeException invalid(ForgeAddress address) {
        return new ForgeException(
                Kind.Unavailable,
                address.api() + " does not answer as the API of " + address.type()
                        + ": check spec.forge.type and spec.forge.url",
                null);
    }

    static ForgeException timedOut(ForgeAddress address, Duration limit) {
        return new ForgeException(
                Kind.Unavailable,
                "the API of " + address.host() + " did not answer within " + limit.toSeconds() + " s",
                null);
    }

    static ForgeException unreachable(ForgeAddress address, Exception cause) {
        var host = address.host();
        var failure = NetworkFailure.of(cause);
        return new ForgeException(
                Kind.Unavailable,
                switch (failure.kind()) {
                    case OperatorBusy -> "the forge " + host + " was not called: " + failure.detail();
                    case TooLarge -> "the forge " + host + " sends too much: " + failure.detail();
                    case NotAllowed -> "spec.forge.url names a host that is not allowed: " + failure.detail();
                    case NameUnknown ->
                        "the host " + host + " does not resolve: check spec.forge.url, or the cluster's DNS";
                    case CertificateNotTrusted ->
                        "the certificate of the forge " + host + " is not trusted: " + failure.detail();
                    case PlainHttp -> "the forge " + host + " uses plain HTTP: correct spec.forge.url";
                    case NoConnection ->
                        "the forge " + host + " does not answer: check that it runs and that the cluster can reach it";
                    case NotHttp -> "the forge " + host + " does not answer as HTTP"; // the detail quotes the server
                    case Interrupted -> "the call of the forge " + host + " was interrupted";
                    case Connection, Unexpected -> "the forge " + host + " gives no valid answer: " + failure.detail();
                },
                null);
    }
}
