package dev.hearth.forge;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Commit statuses as docs.gitlab.com/api/commits documents them. A status that has not ended is updated, and refuses the state
 * that it is in, and to wait again once it runs; after its end another one is created.
 */
public final class FakeGitLab extends FakeForge {
    private static final String PROJECT = "/api/v4/projects/team%2Fapp";
    private static final Pattern LIST = Pattern.compile(PROJECT + "/repository/commits/([0-9a-f]{40})/statuses");
    private static final Pattern CREATE = Pattern.compile(PROJECT + "/statuses/([0-9a-f]{40})");
    private static final Set<String> STATES = Set.of("pending", "running", "success", "failed", "canceled", "skipped");
    private static final Set<String> OPEN = Set.of("pending", "running");
    private volatile String expiry = "null";

    public FakeGitLab() throws IOException {}

    /** Sets the day on which the token expires, such as 2026-12-31. */
    public void expireOn(String date) {
        expiry = "\"" + date + "\"";
    }

    @Override
    boolean isAuthorized(HttpExchange exchange) {
        return TOKEN.equals(exchange.getRequestHeaders().getFirst("PRIVATE-TOKEN"));
    }

    @Override
    Reply answer(String method, String path, Map<String, String> query, JsonNode body) throws IOException {
        if (path.equals("/api/v4/personal_access_tokens/self")) {
            return Reply.of(200, "{\"id\": 1, \"expires_at\": " + expiry + "}");
        }
        var read = commit(LIST, path);
        if (method.equals("GET") && read.isPresent()) {
            var shown = newest(read.get(), query.getOrDefault("name", "")).stream()
                    .map(it -> Map.of("id", it.id(), "name", it.name(), "status", it.state(), "sha", it.commit()))
                    .toList();
            return read.get().equals(UNKNOWN) ? notFound() : Reply.of(200, json(shown));
        }
        var created = commit(CREATE, path);
        return method.equals("POST") && created.isPresent() && !created.get().equals(UNKNOWN)
                ? create(created.get(), body)
                : notFound();
    }

    private static Reply notFound() {
        return Reply.of(404, "{\"message\": \"404 Not Found\"}");
    }

    private Reply create(String commit, JsonNode body) throws IOException {
        var name = body.path("name").asText("default");
        var state = body.path("state").asText();
        if (!STATES.contains(state) || body.path("description").asText().length() > 255) {
            return Reply.of(400, "{\"error\": \"state does not have a valid value\"}");
        }
        var before = newest(commit, name).map(Status::state).filter(OPEN::contains);
        if (before.filter(it -> it.equals(state) || state.equals("pending")).isPresent()) {
            return Reply.of(
                    400,
                    "{\"message\": {\"status\": [\"Cannot transition via :enqueue from :" + before.get()
                            + " (Reason(s): Status cannot transition via \\\"enqueue\\\")\"]}}");
        }
        return Reply.of(
                201, json(add(commit, name, state, body.path("description").asText())));
    }
}
