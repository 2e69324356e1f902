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

/** Reads what JGit threw. It tells many failures apart by text alone, and over git:// even a refused connection. */
final class GitFailureReader {
    private static final Pattern UNAUTHORIZED =
            Pattern.compile("not authorized|authentication is required|authentication not supported|not permitted");
    private static final Pattern UNKNOWN_HOST = Pattern.compile("unknown host");
    private static final Pattern UNREACHABLE = Pattern.compile(
            "connection refused|connection reset|time[d ]* ?out|no route to host|network is unreachable|hung up"
                    + "|(?:^|\\s)(?:408|429|5\\d\\d)(?:\\s|$)");
    private static final Pattern NOT_FOUND = Pattern.compile("not found|access denied or repository not exported");
    private static final Pattern MOVED = Pattern.compile("cannot redirect");
    private static final int LONGEST = 200;

    private GitFailureReader() {}

    static GitException of(GitRemote remote, Throwable thrown) {
        var url = remote.shown();
        var said = lastMessage(remote, thrown);
        if (is(thrown, BudgetExhausted.class)) {
            return new GitException(Reason.Busy, url + " was not read: " + shortest(remote, thrown));
        }
        if (is(thrown, ResponseTooLarge.class) || is(thrown, TooLargeObjectInPackException.class)) {
            return new GitException(
                    Reason.TooLarge,
                    url + " sends too much (" + shortest(remote, thrown) + "): delete refs that nobody needs, let the"
                            + " server send commits without files (uploadpack.allowFilter), start runs of the newest"
                            + " commit of a ref, or let an administrator raise responses.largest and the memory limit");
        }
        // Such a failure cites what the server sent, which may be any text at all.
        if (is(thrown, PackProtocolException.class) && !isNetwork(thrown)) {
            return noRepository(remote, thrown);
        }
        if (UNAUTHORIZED.matcher(said).find()) {
            return new GitException(Reason.AuthenticationFailed, unauthorized(remote));
        }
        if (is(thrown, UnknownHostException.class) || UNKNOWN_HOST.matcher(said).find()) {
            return new GitException(
                    Reason.Unreachable,
                    "the host of " + url + " is not known: check spec.source.url, or the cluster's DNS");
        }
        if (is(thrown, SSLException.class)) {
            return new GitException(
                    Reason.Unreachable,
                    url + " has no TLS connection that Hearth trusts (" + shortest(remote, thrown)
                            + "): check its certificate");
        }
        if (isNetwork(thrown) || UNREACHABLE.matcher(said).find()) {
            return new GitException(
                    Reason.Unreachable,
                    url + " does not answer (" + shortest(remote, thrown)
                            + "): check that it is up and the cluster may reach it");
        }
        if (is(thrown, NoRemoteRepositoryException.class)
                || NOT_FOUND.matcher(said).find()) {
            return new GitException(Reason.RepositoryNotFound, notFound(remote));
        }
        if (MOVED.matcher(said).find()) {
            return new GitException(
                    Reason.Invalid, url + " has moved: put the URL that it redirects to into spec.source.url");
        }
        return noRepository(remote, thrown);
    }

    /** Whether JGit fetched nothing because it was to ask for commits alone, which the server cannot send. */
    static boolean isUnfiltered(TransportException thrown) {
        return causes(thrown)
                .anyMatch(cause ->
                        Objects.toString(cause.getMessage(), "").contains("filter requires server to advertise"));
    }

    private static GitException noRepository(GitRemote remote, Throwable thrown) {
        return new GitException(
                Reason.Invalid,
                remote.shown() + " does not answer as a git repository (" + shortest(remote, thrown)
                        + "): check spec.source.url");
    }

    private static String unauthorized(GitRemote remote) {
        return remote.credentials() == null
                ? remote.shown() + " wants credentials, as forges do also where there is no such repository: check"
                        + " spec.source.url, or name a Secret in spec.source.credentials"
                : remote.shown()
                        + " refuses the credentials of spec.source.credentials: check the username and password"
                        + " in the Secret, and that they may read this repository";
    }

    private static String notFound(GitRemote remote) {
        return remote.credentials() == null
                ? remote.shown()
                        + " was not found: check spec.source.url, or name credentials in spec.source.credentials"
                        + " if the repository is private"
                : remote.shown() + " was not found: check spec.source.url, and that the credentials of"
                        + " spec.source.credentials may read it";
    }

    /** An end of file is a server that went away: one that knows no such repository says so. */
    private static boolean isNetwork(Throwable thrown) {
        return is(thrown, SocketException.class)
                || is(thrown, InterruptedIOException.class)
                || is(thrown, EOFException.class);
    }

    /** Without the URL and its path, which may contain any of the words looked for. */
    private static String lastMessage(GitRemote remote, Throwable thrown) {
        return causes(thrown)
                .map(cause -> text(remote, cause))
                .reduce("", (all, next) -> all + "\n" + next)
                .toLowerCase(Locale.ROOT);
    }

    /** The innermost cause says it best. In part it is the server's own text: one line, and not a long one. */
    private static String shortest(GitRemote remote, Throwable thrown) {
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

    private static boolean is(Throwable thrown, Class<? extends Throwable> type) {
        return causes(thrown).anyMatch(type::isInstance);
    }

    private static Stream<Throwable> causes(Throwable thrown) {
        return Stream.iterate(thrown, Objects::nonNull, Throwable::getCause);
    }
}
