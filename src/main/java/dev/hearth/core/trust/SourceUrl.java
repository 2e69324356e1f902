package dev.hearth.core.trust;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Which repository a URL is of. */
public final class SourceUrl {
    private static final Pattern PARTS = Pattern.compile("([^:/]+)://([^/]*)(.*)", Pattern.DOTALL);
    private static final Map<String, String> PORTS = Map.of("https", ":443", "http", ":80", "git", ":9418");

    private SourceUrl() {}

    /**
     * The same for URLs that name the same repository beyond doubt: they differ in the case of protocol or host, in the
     * protocol's own port, or in a slash at the end. Another protocol is another repository: not every one proves who
     * answers.
     */
    public static String identity(String url) {
        var parts = PARTS.matcher(url);
        if (!parts.matches()) {
            return url;
        }
        var protocol = parts.group(1).toLowerCase(Locale.ROOT);
        var host = parts.group(2).toLowerCase(Locale.ROOT);
        var port = PORTS.getOrDefault(protocol, "");
        var named = !port.isEmpty() && host.endsWith(port) ? host.substring(0, host.length() - port.length()) : host;
        var path = parts.group(3);
        var end = path.length();
        while (end > 0 && path.charAt(end - 1) == '/') {
            end--;
        }
        return protocol + "://" + named + path.substring(0, end);
    }
}
