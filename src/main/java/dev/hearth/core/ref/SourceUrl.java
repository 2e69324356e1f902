package dev.hearth.core.ref;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads repository and host from a URL. */
public final class SourceUrl {
    private static final Pattern PARTS = Pattern.compile("([^:/]+)://([^/]*)(.*)", Pattern.DOTALL);
    private static final Map<String, String> PORTS = Map.of("https", ":443", "http", ":80", "git", ":9418");

    /** Protocol and host are in lower case. The default port of the protocol is removed. */
    private record Parts(String protocol, String host, String path) {}

    private SourceUrl() {}

    /**
     * Returns a text that is equal for URLs of the same repository: they may differ in the case of protocol or host, in the
     * default port, and in slashes at the end. Another protocol is another repository, since not all protocols authenticate
     * the server.
     */
    public static String identity(String url) {
        return parse(url)
                .map(parts -> parts.protocol() + "://" + parts.host() + withoutSlashes(parts.path()))
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
        var host = parts.group(2).toLowerCase(Locale.ROOT);
        var port = PORTS.getOrDefault(protocol, "");
        var named = !port.isEmpty() && host.endsWith(port) ? host.substring(0, host.length() - port.length()) : host;
        return Optional.of(new Parts(protocol, named, parts.group(3)));
    }

    private static String withoutSlashes(String path) {
        var end = path.length();
        while (end > 0 && path.charAt(end - 1) == '/') {
            end--;
        }
        return path.substring(0, end);
    }
}
