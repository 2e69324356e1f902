package dev.hearth.core.ref;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Which repository a URL is of, and which host. */
public final class SourceUrl {
    private static final Pattern PARTS = Pattern.compile("([^:/]+)://([^/]*)(.*)", Pattern.DOTALL);
    private static final Map<String, String> PORTS = Map.of("https", ":443", "http", ":80", "git", ":9418");

    /** With protocol and host in small letters, and without the protocol's own port. */
    private record Parts(String protocol, String host, String path) {}

    private SourceUrl() {}

    /**
     * The same for URLs that name the same repository beyond doubt: they differ in the case of protocol or host, in the
     * protocol's own port, or in a slash at the end. Another protocol is another repository: not every one proves who
     * answers.
     */
    public static String identity(String url) {
        return parse(url)
                .map(parts -> parts.protocol() + "://" + parts.host() + withoutSlashes(parts.path()))
                .orElse(url);
    }

    /**
     * The host, with its port unless that is the protocol's own; of what is no URL, the text in its place. One that is
     * written in an unusual way is not understood.
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
