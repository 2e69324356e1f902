package dev.hearth.git;

import dev.hearth.authority.AddedAuthorities;
import dev.hearth.destination.Destination;
import java.net.URISyntaxException;
import java.util.regex.Pattern;
import org.eclipse.jgit.transport.URIish;
import org.jspecify.annotations.Nullable;

/**
 * A repository that is read over http, https, ssh or git. Other URLs are rejected before every read, independent of earlier
 * checks, because other transports run programs or read the operator's files.
 *
 * @param namespace namespace for which the repository is read and whose share of the response budget it uses
 * @param authorities certificate authorities that are trusted for https too
 * @param loopback whether loopback addresses are allowed
 */
public record GitRemote(
        String namespace,
        String url,
        @Nullable GitCredentials credentials,
        AddedAuthorities authorities,
        boolean loopback) {
    private static final Pattern ALLOWED =
            Pattern.compile("(?:(?:https?|git)://|ssh://(?:[A-Za-z0-9_][A-Za-z0-9._-]*@)?"
                    // JGit reads no other IPv6 address, and takes another number for no port or for 22.
                    + "(?=(?:[A-Za-z0-9][A-Za-z0-9.-]*|\\[[0-9a-f:]+])(?::[1-9][0-9]{0,4})?/))"
                    + "[^\\s@?#\\\\\\p{Cc}\\p{Cf}/-][^\\s@?#\\\\\\p{Cc}\\p{Cf}]*");
    /** JGit decodes a path before it sends it, so control characters are not allowed in escaped form either. */
    private static final Pattern ESCAPED_CONTROL = Pattern.compile("%(?:[01]\\p{XDigit}|7[fF])");

    private static final int LONGEST_HOST = 253;
    private static final int LAST_PORT = 65_535;

    /** A repository for which the authorities of the operator alone are trusted. */
    public GitRemote(String namespace, String url, @Nullable GitCredentials credentials, boolean loopback) {
        this(namespace, url, credentials, AddedAuthorities.NONE, loopback);
    }

    /** Returns a repository that is read without credentials. */
    public static GitRemote anonymous(String namespace, String url, boolean loopback) {
        return new GitRemote(namespace, url, null, loopback);
    }

    /** Returns the checked URL for JGit. It resolves the host directly before JGit connects to it. */
    URIish address() throws GitException {
        if (!ALLOWED.matcher(url).matches() || ESCAPED_CONTROL.matcher(url).find()) {
            throw invalidUrl();
        }
        try {
            var address = new URIish(url);
            if (address.getHost() == null
                    || address.getHost().length() > LONGEST_HOST
                    || address.getPort() > LAST_PORT) {
                throw invalidUrl();
            }
            var refusal = Destination.refusal(address.getHost(), loopback);
            if (refusal.isPresent()) {
                throw new GitException(
                        GitException.Reason.Invalid, refusal.get() + ": set another host in spec.source.url");
            }
            return address;
        } catch (URISyntaxException e) {
            throw invalidUrl();
        }
    }

    private GitException invalidUrl() {
        return new GitException(
                GitException.Reason.Invalid,
                shown() + " is not a URL that Hearth reads: use https, http, ssh or git in spec.source.url, without"
                        + " query or fragment, and without user unless it is ssh, and name credentials in spec.source.credentials");
    }

    /** Returns the URL for messages, without user, query and fragment, which may contain a password or token. */
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
