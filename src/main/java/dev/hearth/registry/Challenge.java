package dev.hearth.registry;

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** The authentication that a registry requires. */
sealed interface Challenge {
    /** By user name and password. */
    record Basic() implements Challenge {}

    /** By a token of another server. */
    record Bearer(Map<String, String> parameters) implements Challenge {

        /** Returns the URL of the token. Empty if the registry names none, or one that is not allowed. */
        Optional<URI> address(boolean insecure) {
            var query = new StringBuilder();
            for (String name : new String[] {"service", "scope"}) {
                var value = parameters.get(name);
                if (value != null) {
                    query.append('&').append(name).append('=').append(URLEncoder.encode(value, StandardCharsets.UTF_8));
                }
            }
            try {
                var realm = URI.create(parameters.getOrDefault("realm", ""));
                var plain = "http".equals(realm.getScheme());
                if (realm.getHost() == null || !((plain && insecure) || "https".equals(realm.getScheme()))) {
                    return Optional.empty();
                }
                var begin = realm.getRawQuery() == null ? '?' : '&';
                return Optional.of(URI.create(realm + query.toString().replaceFirst("^&", String.valueOf(begin))));
            } catch (IllegalArgumentException e) {
                return Optional.empty();
            }
        }
    }

    Pattern PARAMETER = Pattern.compile("([a-z_]{1,20})=\"([^\"]{0,2000})\"");

    /** Reads the challenge of an answer. Empty if it has none of a known kind. */
    static Optional<Challenge> of(HttpHeaders headers) {
        return headers.allValues("WWW-Authenticate").stream()
                .flatMap(text -> parse(text).stream())
                .findFirst();
    }

    private static Optional<Challenge> parse(String text) {
        var lower = text.toLowerCase(Locale.ROOT);
        if (lower.startsWith("basic")) {
            return Optional.of(new Basic());
        }
        if (!lower.startsWith("bearer ")) {
            return Optional.empty();
        }
        var parameters = new HashMap<String, String>();
        PARAMETER.matcher(text).results().forEach(match -> parameters.put(match.group(1), match.group(2)));
        return Optional.of(new Bearer(parameters));
    }
}
