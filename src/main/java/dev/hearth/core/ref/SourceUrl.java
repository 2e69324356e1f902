package dev.hearth.core.ref;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads repository and host from a URL. */
public final class SourceUrl {
    private static final Pattern PARTS = Pattern.compile("([^:/]+)://([^/]*)(.*)", Pattern.DOTALL);
    private static final Map<String, String> PORTS =
            Map.of("https", ":443", "http", ":80", "git", ":9418", "ssh", ":22");
    private static final String SSH = "ssh";
    private static final String SSH_USER = "git@";

    /** Protocol and host are in lower case. The default port of the protocol is removed, and the default user of SSH. */
    private record Parts(String protocol, String user, String host, String path) {}

    private SourceUrl() {}

    /**
     * Returns a text that is equal for URLs of the same repository: they may differ in the case of protocol or host, in the
     * default port or user, and in slashes at the end. Another protocol is another repository, since not all protocols authenticate
     * the server.
     */
    public static String identity(String url) {
        return parse(url)
                .map(parts -> parts.protocol() + "://" + parts.user() + parts.host() + withoutSlashes(parts.path()))
                .orElse(url);
    }

    /**
     * Returns the host, with its port unless it is the default port. For a text that is not a URL, returns the text where a
     * URL has its host.
     */
    public static String host(String url) {
        return parse(url).map(Parts::host).orElseGet(() -> {
            var parts = url.split("://", 2);
            return parts[parts.length - 1].split("/", 2)[0].toLowerCase(Locale.ROOT);
        });
    }

    private static Optional<Parts> parse(String url) {
        var parts = PARTS.matcher(url);
        if (!parts.matches()) {
            return Optional.empty();
        }
        var protocol = parts.group(1).toLowerCase(Locale.ROOT);
        var user = protocol.equals(SSH) ? parts.group(2).lastIndexOf('@') + 1 : 0;
        var host = parts.group(2).substring(user).toLowerCase(Locale.ROOT);
        var port = PORTS.getOrDefault(protocol, "");
        var named = !port.isEmpty() && host.endsWith(port) ? host.substring(0, host.length() - port.length()) : host;
        var login = parts.group(2).substring(0, user);
        return Optional.of(new Parts(protocol, login.equals(SSH_USER) ? "" : login, named, parts.group(3)));
    }

    private static String withoutSlashes(String path) {
        var end = path.length();
        while (end > 0 && path.charAt(end - 1) == '/') {
            end--;
        }
        return path.substring(0, end);
    }
}
