package dev.hearth.forge;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Commit statuses as docs.github.com/rest/commits/statuses documents them, at the path of GitHub Enterprise. */
public final class FakeGitHub extends FakeForge {
    private static final Pattern COMBINED = Pattern.compile("/api/v3/repos/team/app/commits/([0-9a-f]{40})/status");
    private static final Pattern CREATE = Pattern.compile("/api/v3/repos/team/app/statuses/([0-9a-f]{40})");
    private static final Set<String> STATES = Set.of("error", "failure", "pending", "success");
    private static final int MOST = 1000;

    public FakeGitHub() throws IOException {}

    @Override
    boolean isAuthorized(HttpExchange exchange) {
        return ("Bearer " + TOKEN).equals(exchange.getRequestHeaders().getFirst("Authorization"));
    }

    @Override
    Reply answer(String method, String path, Map<String, String> query, JsonNode body) throws IOException {
        var read = commit(COMBINED, path);
        if (method.equals("GET") && read.isPresent()) {
            return combined(read.get(), query);
        }
        var created = commit(CREATE, path);
        return method.equals("POST") && created.isPresent()
                ? create(created.get(), body)
                : Reply.of(404, "{\"message\": \"Not Found\"}");
    }

    private Reply combined(String commit, Map<String, String> query) throws IOException {
        if (commit.equals(UNKNOWN)) {
            return Reply.of(422, "{\"message\": \"No commit found for SHA: " + commit + "\"}");
        }
        var newest = new LinkedHashMap<String, Status>();
        statuses(commit).stream()
                .sorted(Comparator.comparingInt(Status::id).reversed())
                .forEach(status -> newest.putIfAbsent(status.name().toLowerCase(Locale.ROOT), status));
        var shown = newest.values().stream()
                .map(it -> Map.of("context", it.name(), "state", it.state(), "description", it.description()))
                .toList();
        var page = page(
                List.copyOf(shown),
                Integer.parseInt(query.getOrDefault("page", "1")),
                Math.min(100, Integer.parseInt(query.getOrDefault("per_page", "30"))));
        return Reply.of(
                200, json(Map.of("state", "pending", "statuses", page, "sha", commit, "total_count", shown.size())));
    }

    private Reply create(String commit, JsonNode body) throws IOException {
        var name = body.path("context").asText("default");
        var description = body.path("description").asText();
        var state = body.path("state").asText();
        if (commit.equals(UNKNOWN)) {
            return Reply.of(422, "{\"message\": \"No commit found for SHA: " + commit + "\"}");
        }
        if (!STATES.contains(state) || description.length() > 140) {
            return Reply.of(422, "{\"message\": \"Validation Failed\"}");
        }
        if (statuses(commit).stream().filter(it -> it.name().equals(name)).count() >= MOST) {
            return Reply.of(
                    422,
                    "{\"message\": \"Validation Failed\", \"errors\": [{\"message\": \"This SHA and context has reached the"
                            + " maximum number of statuses.\"}]}");
        }
        return Reply.of(201, json(add(commit, name, state, description)));
    }
}
