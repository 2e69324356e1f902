package dev.hearth.forge;

import dev.hearth.core.forge.ForgeAddress;
import dev.hearth.forge.Authorization.Holder;
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
        /** An answer that is larger, or comes later, than Hearth accepts. */
        Exceeded,
        /** The token or App is not accepted, or may not do this. */
        Denied,
        /** The repository does not exist, or is not shown to the token or App. */
        NotFound,
        /** Too many requests. */
        RateLimited,
        /** The forge refuses this one status or comment. */
        Refused,
        /** The token may read the repository, and may not write a status at this commit. */
        Unwritable
    }

    private ForgeException(Kind kind, String message, @Nullable Instant until) {
        super(message);
        this.kind = kind;
        this.until = until;
    }

    public Kind kind() {
        return kind;
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

    static ForgeException refusedComment(ForgeAddress address, long number, int status) {
        return new ForgeException(
                Kind.Refused,
                address.host() + " refuses a comment at pull request " + number + " of " + address.repository()
                        + " (answer " + status + "): it may be locked",
                null);
    }

    static ForgeException tooManyComments(ForgeAddress address, long number) {
        return new ForgeException(
                Kind.Refused,
                "pull request " + number + " of " + address.repository() + " at " + address.host()
                        + " has too many comments to find the one with the result",
                null);
    }

    static ForgeException unwritable(ForgeAddress address) {
        return new ForgeException(
                Kind.Unwritable,
                address.host() + " does not let " + Holder.Token + " write commit statuses of " + address.repository()
                        + ": it needs " + Holder.Token.need(address.type()),
                null);
    }

    static ForgeException unwritableRef(ForgeAddress address, String ref) {
        return new ForgeException(
                Kind.Unwritable,
                address.host() + " does not accept a status of " + ref + " of " + address.repository()
                        + ": the token of spec.forge.token needs a role that may push there, such as Maintainer if it is"
                        + " protected",
                null);
    }

    static ForgeException denied(ForgeAddress address, Holder holder) {
        return new ForgeException(
                Kind.Denied,
                address.host() + " does not accept " + holder + " for " + address.repository() + ": it needs "
                        + holder.need(address.type()),
                null);
    }

    static ForgeException notFound(ForgeAddress address, Holder holder) {
        return new ForgeException(
                Kind.NotFound,
                address.host() + " has no repository " + address.repository() + " that " + holder
                        + " may read: check spec.forge.url and spec.forge.repository",
                null);
    }

    /** @param slug name of the App in the address of its page; null if it is not known */
    static ForgeException notInstalled(ForgeAddress address, long app, @Nullable String slug) {
        return new ForgeException(
                Kind.NotFound,
                "GitHub App " + app + " is not installed at " + address.repository() + " of " + address.host()
                        + ": install it"
                        + (slug == null ? "" : " at " + address.page("apps/" + slug + "/installations/new"))
                        + ", and choose this repository",
                null);
    }

    static ForgeException suspended(ForgeAddress address, long app) {
        return new ForgeException(
                Kind.Denied,
                "GitHub App " + app + " is suspended at " + address.repository()
                        + ": its owner can unsuspend it in the settings, under GitHub Apps",
                null);
    }

    static ForgeException lacksPermission(ForgeAddress address, long app) {
        return new ForgeException(
                Kind.Denied,
                "GitHub App " + app + " lacks a permission at " + address.repository() + ": it needs "
                        + AppPermissions.NEEDED
                        + ". Set them in the App's settings, and let the owner of the repository accept them",
                null);
    }

    static ForgeException moved(ForgeAddress address) {
        return new ForgeException(
                Kind.NotFound,
                address.host() + " redirects requests for " + address.repository()
                        + ", and Hearth sends its proof to no other address: correct spec.forge.url and"
                        + " spec.forge.repository",
                null);
    }

    static ForgeException rateLimited(ForgeAddress address, Holder holder, Instant until) {
        return new ForgeException(
                Kind.RateLimited, address.host() + " accepts no more requests of " + holder + " for now", until);
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
                Kind.Exceeded,
                "the API of " + address.host() + " did not answer within " + limit.toSeconds() + " s",
                null);
    }

    static ForgeException unreachable(ForgeAddress address, Exception cause) {
        var host = address.host();
        var failure = NetworkFailure.of(cause);
        return new ForgeException(
                failure.kind() == NetworkFailure.Kind.TooLarge ? Kind.Exceeded : Kind.Unavailable,
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
