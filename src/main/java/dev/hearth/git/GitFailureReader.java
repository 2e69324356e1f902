package dev.hearth.git;

import dev.hearth.budget.BudgetExhausted;
import dev.hearth.budget.ResponseTooLarge;
import dev.hearth.git.GitException.Reason;
import java.io.EOFException;
import java.io.InterruptedIOException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.eclipse.jgit.errors.NoRemoteRepositoryException;
import org.eclipse.jgit.errors.PackProtocolException;
import org.eclipse.jgit.errors.TooLargeObjectInPackException;
import org.eclipse.jgit.errors.TransportException;

/**
 * Classifies exceptions of JGit. Many failures, and over git:// even a refused connection, differ only in their texts.
 */
final class GitFailureReader {
    private static final Pattern UNAUTHORIZED =
            Pattern.compile("not authorized|authentication is required|authentication not supported|not permitted");
    private static final Pattern PROXY = Pattern.compile("unable to tunnel through proxy|407 proxy");
    private static final Pattern UNKNOWN_HOST = Pattern.compile("unknown host");
    private static final Pattern UNREACHABLE = Pattern.compile(
            "connection refused|connection reset|time[d ]* ?out|no route to host|network is unreachable|hung up"
                    + "|(?:^|\\s)(?:407|408|429|5\\d\\d)(?:\\s|$)");
    private static final Pattern NOT_FOUND = Pattern.compile("not found|access denied or repository not exported");
    /** What servers of SSH say of a repository that does not exist, or that the key may not read. Anything else may pass. */
    private static final Pattern NOT_SERVED = Pattern.compile(
            "not (?:be )?found|does not appear to be|does not exist|permission|access denied",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern MOVED = Pattern.compile("cannot redirect");
    private static final int LONGEST = 200;

    private GitFailureReader() {}

    static GitException of(GitRemote remote, Throwable thrown) {
        var url = remote.shown();
        var messages = messages(remote, thrown);
        if (is(thrown, BudgetExhausted.class)) {
            return new GitException(Reason.Busy, url + " was not read: " + innermost(remote, thrown));
        }
        if (is(thrown, ResponseTooLarge.class) || is(thrown, TooLargeObjectInPackException.class)) {
            return new GitException(
                    Reason.TooLarge,
                    url + " sends too much (" + innermost(remote, thrown) + "): delete unused refs, let the server send"
                            + " commits without files (uploadpack.allowFilter), start runs for the newest commit of a"
                            + " ref, or let an admin raise responses.largest and the memory limit");
        }
        if (is(thrown, HostKeyRejected.class)) {
            return new GitException(
                    Reason.HostKeyRejected, url + " " + last(thrown).getMessage());
        }
        if (is(thrown, KeyRejected.class)) {
            return new GitException(Reason.AuthenticationFailed, unauthorized(remote));
        }
        if (is(thrown, NotServed.class)) {
            var said = innermost(remote, thrown);
            return NOT_SERVED.matcher(said).find()
                    ? new GitException(Reason.RepositoryNotFound, notFound(remote) + ". The server says: " + said)
                    : new GitException(Reason.Unreachable, url + " is not served. The server says: " + said);
        }
        // The message of such a failure quotes the server, and must not be matched against patterns.
        if (is(thrown, PackProtocolException.class) && !isNetwork(thrown)) {
            return noRepository(remote, thrown);
        }
        if (UNAUTHORIZED.matcher(messages).find()) {
            return new GitException(Reason.AuthenticationFailed, unauthorized(remote));
        }
        if (PROXY.matcher(messages).find()) {
            return new GitException(
                    Reason.Unreachable,
                    url + " is not reached through the operator's proxy (" + innermost(remote, thrown)
                            + "): an admin corrects proxy of the chart, or what the proxy allows");
        }
        if (is(thrown, UnknownHostException.class)
                || UNKNOWN_HOST.matcher(messages).find()) {
            return new GitException(
                    Reason.Unreachable,
                    "the host of " + url + " does not resolve: check spec.source.url, or the cluster's DNS");
        }
        if (is(thrown, SSLException.class)) {
            return new GitException(
                    Reason.Unreachable,
                    url + " has no TLS connection that Hearth trusts (" + innermost(remote, thrown)
                            + "): check its certificate, or put that of its authority into the key ca.crt of the Secret of"
                            + " spec.source.credentials");
        }
        if (isNetwork(thrown) || UNREACHABLE.matcher(messages).find()) {
            return new GitException(
                    Reason.Unreachable,
                    url + " does not answer (" + innermost(remote, thrown)
                            + "): check that it runs and that the cluster can reach it");
        }
        if (is(thrown, NoRemoteRepositoryException.class)
                || NOT_FOUND.matcher(messages).find()) {
            return new GitException(Reason.RepositoryNotFound, notFound(remote));
        }
        if (MOVED.matcher(messages).find()) {
            return new GitException(Reason.Invalid, url + " redirects to another URL: set that URL in spec.source.url");
        }
        return noRepository(remote, thrown);
    }

    /** Whether a fetch failed because the server does not support filters. */
    static boolean isFilterUnsupported(TransportException thrown) {
        return causes(thrown)
                .anyMatch(cause ->
                        Objects.toString(cause.getMessage(), "").contains("filter requires server to advertise"));
    }

    private static GitException noRepository(GitRemote remote, Throwable thrown) {
        return new GitException(
                Reason.Invalid,
                remote.shown() + " does not answer as a git repository (" + innermost(remote, thrown)
                        + "): check spec.source.url");
    }

    private static String unauthorized(GitRemote remote) {
        return switch (remote.credentials()) {
            case null ->
                remote.shown() + " requires credentials, which forges also do for a repository that does not exist:"
                        + " check spec.source.url, or name a Secret in spec.source.credentials";
            case GitCredentials.Password _ ->
                remote.shown()
                        + " rejects the credentials of spec.source.credentials: check the username and password"
                        + " in the Secret, and that the user may read this repository";
            case GitCredentials.Key _ ->
                remote.shown()
                        + " rejects the key of spec.source.credentials: add its public key to the repository as a deploy"
                        + " key that may read, and check the user in spec.source.url, which is git at most forges";
        };
    }

    private static String notFound(GitRemote remote) {
        return remote.credentials() == null
                ? remote.shown()
                        + " was not found: check spec.source.url, or name credentials in spec.source.credentials"
                        + " if the repository is private"
                : remote.shown() + " was not found: check spec.source.url, and that the user or key of"
                        + " spec.source.credentials may read it";
    }

    /** An end of file counts as a lost connection: a server that does not have the repository sends an error. */
    private static boolean isNetwork(Throwable thrown) {
        return is(thrown, SocketException.class)
                || is(thrown, ConnectionLost.class)
                || is(thrown, InterruptedIOException.class)
                || is(thrown, EOFException.class);
    }

    /** Returns all messages without the URL and its path, which may contain texts of the patterns. */
    private static String messages(GitRemote remote, Throwable thrown) {
        return causes(thrown)
                .map(cause -> text(remote, cause))
                .reduce("", (all, next) -> all + "\n" + next)
                .toLowerCase(Locale.ROOT);
    }

    /**
     * Returns the message of the innermost cause, the most exact one. It may quote the server, so it is one short line.
     */
    private static String innermost(GitRemote remote, Throwable thrown) {
        var text = causes(thrown)
                .map(cause -> text(remote, cause))
                .filter(line -> !line.isEmpty())
                .reduce((_, last) -> last)
                .orElse(thrown.getClass().getSimpleName());
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...";
    }

    private static String text(GitRemote remote, Throwable cause) {
        return Objects.toString(cause.getMessage(), "")
                .lines()
                .findFirst()
                .orElse("")
                .replace(remote.url(), "")
                .replace(remote.url().replaceFirst("^[a-z]+://[^/]*", ""), "")
                .replaceAll("[\\p{Cc}\\p{Cf}]", " ")
                .replaceFirst("^[\\s:/]+", "")
                .strip();
    }

    private static Throwable last(Throwable thrown) {
        return causes(thrown).reduce(thrown, (_, cause) -> cause);
    }

    private static boolean is(Throwable thrown, Class<? extends Throwable> type) {
        return causes(thrown).anyMatch(type::isInstance);
    }

    private static Stream<Throwable> causes(Throwable thrown) {
        return Stream.iterate(thrown, Objects::nonNull, Throwable::getCause);
    }
}
