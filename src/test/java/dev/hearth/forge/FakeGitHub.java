package dev.hearth.forge;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/** Commit statuses and pull requests as docs.github.com/rest/commits/statuses documents them, at the path of GitHub Enterprise. */
public final class FakeGitHub extends FakeForge {
    private static final String REPOSITORY = "/api/v3/repos/team/app";
    private static final Pattern PULL = Pattern.compile(REPOSITORY + "/pulls/([0-9]+)");
    private static final Pattern PERMISSION = Pattern.compile(REPOSITORY + "/collaborators/([a-z]+)/permission");
    private static final Pattern COMMENTS = Pattern.compile(REPOSITORY + "/issues/([0-9]+)/comments");
    private static final Pattern COMMENT = Pattern.compile(REPOSITORY + "/issues/comments/([0-9]+)");
    private static final Pattern COMBINED = Pattern.compile("/api/v3/repos/team/app/commits/([0-9a-f]{40})/status");
    private static final Pattern CREATE = Pattern.compile("/api/v3/repos/team/app/statuses/([0-9a-f]{40})");
    private static final Set<String> STATES = Set.of("error", "failure", "pending", "success");
    private static final int MOST = 1000;

    private final FakeGitHubApp app;
    private final Set<Long> locked = ConcurrentHashMap.newKeySet();

    public FakeGitHub() throws IOException {
        this(Clock.systemUTC());
    }

    FakeGitHub(Clock clock) throws IOException {
        app = new FakeGitHubApp(this, clock);
    }

    /** Returns the GitHub App that is installed at the repository. */
    public FakeGitHubApp app() {
        return app;
    }

    /** Accepts no comment at a pull request any more. */
    public void lock(long number) {
        locked.add(number);
    }

    @Override
    boolean isAuthorized(HttpExchange exchange) {
        var given = exchange.getRequestHeaders().getFirst("Authorization");
        var path = exchange.getRequestURI().getRawPath();
        if (isOfApp(exchange) || FakeGitHubApp.isForKey(path)) {
            return app.isAuthorized(path, given.replaceFirst("^Bearer ", ""));
        }
        return ("Bearer " + TOKEN).equals(given) || ("token " + TOKEN).equals(given);
    }

    /** Whether a request has a token of an installation. */
    private static boolean isOfApp(HttpExchange exchange) {
        return String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"))
                .startsWith("Bearer ghs_");
    }

    /** Whether a request is that of a client of Gitea, which shares most paths. */
    private static boolean isOfGitea(HttpExchange exchange) {
        return String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"))
                .startsWith("token ");
    }

    @Override
    Reply answer(HttpExchange exchange, String path, Map<String, String> query, JsonNode body) throws IOException {
        var method = exchange.getRequestMethod();
        var ofApp = app.answer(method, path, query, body, isOfApp(exchange));
        if (ofApp.isPresent()) {
            return ofApp.get();
        }
        var read = commit(COMBINED, path);
        if (method.equals("GET") && read.isPresent()) {
            var hidden = hidden();
            return hidden.isPresent() ? hidden.get() : combined(read.get(), query);
        }
        var pull = PULL.matcher(path);
        if (pull.matches()) {
            return proposal(Long.parseLong(pull.group(1))).isEmpty() ? notFound() : pull(Long.parseLong(pull.group(1)));
        }
        var permission = PERMISSION.matcher(path);
        if (permission.matches()) {
            return Reply.of(200, json(Map.of("permission", isWriter(permission.group(1)) ? "write" : "read")));
        }
        if (path.equals("/api/v3/user")) {
            return Reply.of(200, json(user(SELF)));
        }
        var comment = COMMENT.matcher(path);
        if (method.equals("PATCH") && comment.matches()) {
            var edited = editNote(
                    Integer.parseInt(comment.group(1)), body.path("body").asText());
            return denied(true).orElse(edited.isEmpty() ? notFound() : Reply.of(200, json(note(edited.get()))));
        }
        var comments = COMMENTS.matcher(path);
        if (comments.matches()) {
            var number = Long.parseLong(comments.group(1));
            if (method.equals("GET")) {
                return comments(number, query, isOfGitea(exchange));
            }
            var denied = denied(true)
                    .or(() -> locked.contains(number)
                            ? Optional.of(Reply.of(
                                    403, "{\"message\": \"Unable to create comment because issue is locked.\"}"))
                            : Optional.empty());
            return denied.isPresent()
                    ? denied.get()
                    : Reply.of(201, json(note(addNote(number, body.path("body").asText()))));
        }
        var created = commit(CREATE, path);
        if (method.equals("POST") && created.isPresent()) {
            var denied = denied(false);
            return denied.isPresent() ? denied.get() : create(created.get(), body);
        }
        return path.equals(REPOSITORY) ? Reply.of(200, "{\"id\": 1}") : notFound();
    }

    private static Reply notFound() {
        return Reply.of(404, "{\"message\": \"Not Found\"}");
    }

    private Reply pull(long number) throws IOException {
        var proposal = proposal(number).orElseThrow();
        var head = new HashMap<String, Object>();
        head.put("sha", "1".repeat(40));
        head.put("repo", proposal.owner().equals("nobody") ? null : repository(proposal.owner()));
        var base = new HashMap<String, Object>();
        base.put("sha", proposal.base());
        base.put("ref", proposal.target());
        base.put("repo", repository("team"));
        var labels =
                proposal.labels().stream().map(name -> Map.of("name", name)).toList();
        return Reply.of(
                200,
                json(Map.of(
                        "number",
                        number,
                        "user",
                        user(proposal.author()),
                        "state",
                        proposal.closed() ? "closed" : "open",
                        "draft",
                        proposal.draft(),
                        "labels",
                        labels,
                        "head",
                        head,
                        "base",
                        base)));
    }

    private static Map<String, Object> repository(String owner) {
        return Map.of("id", id(owner + "/app"), "owner", user(owner));
    }

    private static Map<String, Object> user(String name) {
        return Map.of("login", name, "id", id(name));
    }

    /** Gitea knows no pages of comments, and answers with all. */
    private Reply comments(long number, Map<String, String> query, boolean gitea) throws IOException {
        var since = Instant.parse(query.getOrDefault("since", Instant.EPOCH.toString()));
        var all = notes(number).stream()
                .filter(note -> !note.at().isBefore(since))
                .map(FakeGitHub::note)
                .toList();
        return Reply.of(
                200,
                json(
                        gitea
                                ? all
                                : page(
                                        all,
                                        Integer.parseInt(query.get("page")),
                                        Integer.parseInt(query.get("per_page")))));
    }

    private static Map<String, Object> note(Note note) {
        return Map.of(
                "id", note.id(),
                "user", user(note.author()),
                "body", note.body(),
                "created_at", note.at().truncatedTo(ChronoUnit.SECONDS).toString());
    }

    private Reply combined(String commit, Map<String, String> query) throws IOException {
        if (!knows(commit)) {
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
        if (!knows(commit)) {
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
        return Reply.of(201, json(add(commit, name, "", state, description)));
    }
}
