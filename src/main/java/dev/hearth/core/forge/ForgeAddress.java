package dev.hearth.core.forge;

import dev.hearth.api.ForgeSpec;
import dev.hearth.api.ForgeType;
import dev.hearth.api.SourceSpec;
import dev.hearth.core.ref.SourceUrl;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where the API of a pipeline's repository is.
 *
 * @param type software of the forge
 * @param api URL of the API without a slash at its end, such as https://git.example.com/api/v1
 * @param repository path of the repository at the forge, such as team/app
 */
public record ForgeAddress(ForgeType type, String api, String repository) {
    private static final int LAST_PORT = 65_535;
    private static final Pattern SOURCE = Pattern.compile("(?i)(https?://[^/?#]+)/+(.+?)(?:\\.git)?/*");
    /** A forge has its pages and its API over HTTPS on the host that it serves SSH on, whatever the port of SSH. */
    private static final Pattern SSH_SOURCE =
            Pattern.compile("ssh://(?:[^@/]*@)?(\\[[^\\]]*\\]|[^:/]+)(?::[0-9]+)?/+(.+?)(?:\\.git)?/*");

    private static final Pattern REPOSITORY = Pattern.compile("[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)+");
    private static final Pattern ONLY_DOTS = Pattern.compile("(?:.*/)?\\.+(?:/.*)?");

    /**
     * Returns the address. What the forge's spec does not name comes from the URL of the source. Empty if that tells no
     * repository, because it is no http(s) or ssh URL or the forge is not at the root of its host.
     */
    public static Optional<ForgeAddress> of(ForgeSpec forge, SourceSpec source) {
        var place = place(source);
        var url = Optional.ofNullable(forge.url()).or(() -> place.map(Place::url));
        var repository = Optional.ofNullable(forge.repository())
                .or(() -> place.map(Place::repository))
                .filter(path -> REPOSITORY.matcher(path).matches()
                        && !ONLY_DOTS.matcher(path).matches());
        return url.map(root -> api(forge.type(), root))
                .filter(ForgeAddress::isUrl)
                .flatMap(api -> repository.map(path -> new ForgeAddress(forge.type(), api, path)));
    }

    private record Place(String url, String repository) {}

    private static Optional<Place> place(SourceSpec source) {
        var parts = (source.usesSsh() ? SSH_SOURCE : SOURCE).matcher(source.url());
        return parts.matches()
                ? Optional.of(new Place(
                        source.usesSsh() ? "https://" + forgeOf(parts.group(1)) : parts.group(1), parts.group(2)))
                : Optional.empty();
    }

    /** Two forges serve SSH on port 443 too, for networks that let nothing else out, at a host that has no API. */
    private static String forgeOf(String sshHost) {
        return switch (sshHost.toLowerCase(Locale.ROOT)) {
            case "ssh.github.com" -> "github.com";
            case "altssh.gitlab.com" -> "gitlab.com";
            default -> sshHost;
        };
    }

    private static String api(ForgeType type, String url) {
        var root = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
        return switch (type) {
            case GitHub -> gitHubApi(root);
            case GitLab -> root + "/api/v4";
            case Gitea, Forgejo -> root + "/api/v1";
        };
    }

    /** GitHub's own hosts have one for the API; GitHub Enterprise Server has a path. */
    private static String gitHubApi(String root) {
        var host = SourceUrl.host(root);
        if (host.equals("github.com") || host.equals("www.github.com")) {
            return "https://api.github.com";
        }
        return host.endsWith(".ghe.com") ? "https://api." + host : root + "/api/v3";
    }

    private static boolean isUrl(String text) {
        try {
            var uri = new URI(text);
            return uri.getHost() != null && uri.getPort() <= LAST_PORT;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    /** Returns the URL of a page of the forge for people. The API is at a path of the forge, or at a host beside it. */
    public String page(String path) {
        var root = api.replaceFirst("^https://api\\.", "https://").replaceFirst("/api/v[0-9]+$", "");
        return root + "/" + path;
    }

    /** Returns the host that gets the token, with its port unless it is the default port. */
    public String host() {
        return SourceUrl.host(api);
    }

    /** Returns whether the token would be sent unencrypted. */
    public boolean isPlainHttp() {
        return api.toLowerCase(Locale.ROOT).startsWith("http://");
    }
}
