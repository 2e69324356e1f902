package dev.hearth.git;

import dev.hearth.destination.Destination;
import java.net.URISyntaxException;
import java.util.regex.Pattern;
import org.eclipse.jgit.transport.URIish;
import org.jspecify.annotations.Nullable;

/**
 * A repository to read over http, https or git. Anything else is refused when it is read, whatever checked it before:
 * other transports run programs or read the operator's own files.
 *
 * @param namespace for which it is read, and whose share of the budget that takes
 * @param loopback whether its host may be the operator's own
 */
public record GitRemote(
        String namespace, String url, @Nullable GitCredentials credentials, boolean loopback) {
    private static final Pattern ALLOWED =
            Pattern.compile("(?:https?|git)://[^\\s@?#\\\\\\p{Cc}\\p{Cf}/-][^\\s@?#\\\\\\p{Cc}\\p{Cf}]*");
    /** JGit decodes a path before it sends it, so what may not be written plainly may not come escaped. */
    private static final Pattern ESCAPED_CONTROL = Pattern.compile("%(?:[01]\\p{XDigit}|7[fF])");

    /** The only way from here to JGit; looks the host up, right before JGit connects to it. */
    URIish address() throws GitException {
        if (!ALLOWED.matcher(url).matches() || ESCAPED_CONTROL.matcher(url).find()) {
            throw refused();
        }
        try {
            var address = new URIish(url);
            var refusal = Destination.refusal(address.getHost(), loopback);
            if (refusal.isPresent()) {
                throw new GitException(
                        GitException.Reason.Invalid, refusal.get() + ": name another host in spec.source.url");
            }
            return address;
        } catch (URISyntaxException e) {
            throw refused();
        }
    }

    private GitException refused() {
        return new GitException(
                GitException.Reason.Invalid,
                shown() + " is no URL that Hearth reads: use http, https or git in spec.source.url, without user, query"
                        + " or fragment, and name credentials in spec.source.credentials");
    }

    /** The URL as it may be shown: somebody may have put a password or token into it. */
    String shown() {
        return url.replaceAll("[\\p{Cc}\\p{Cf}]", " ")
                .replaceFirst("//.*@", "//")
                .replaceFirst("[?#].*", "");
    }

    @Override
    public String toString() {
        return "GitRemote[url=" + shown() + ", credentials=" + credentials + "]";
    }
}
