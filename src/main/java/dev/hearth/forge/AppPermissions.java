package dev.hearth.forge;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Set;

/** The permissions of an installation that Hearth uses. Its tokens have no others, whatever the App has. */
final class AppPermissions {
    /** As the settings of an App name them. Each App may read metadata. */
    static final String NEEDED = "Checks: read and write, Pull requests: read, Metadata: read";

    /** As the API names them. */
    static final Map<String, String> REQUESTED = Map.of("checks", "write", "pull_requests", "read", "metadata", "read");

    private static final Set<String> READING = Set.of("read", "write", "admin");

    private AppPermissions() {}

    /** Returns whether the owner of the repository has accepted all of them. */
    static boolean areGranted(JsonNode permissions) {
        return REQUESTED.entrySet().stream().allMatch(entry -> {
            var granted = permissions.path(entry.getKey()).asText();
            return entry.getValue().equals("write") ? granted.equals("write") : READING.contains(granted);
        });
    }
}
