package dev.hearth.forge;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Commit statuses, merge requests and notes as docs.gitlab.com/api documents them. A commit has a status for each ref. A status
 * that has not ended is updated, and refuses the state that it is in, and to wait again once it runs; after its end another one
 * is created. A ref is needed for a commit that no branch has, as that of a merge request of a fork.
 */
public final class FakeGitLab extends FakeForge {
    private static final String PROJECT = "/api/v4/projects/team%2Fapp";
    private static final Pattern LIST = Pattern.compile(PROJECT + "/repository/commits/([0-9a-f]{40})/statuses");
    private static final Pattern CREATE = Pattern.compile(PROJECT + "/statuses/([0-9a-f]{40})");
    private static final Pattern REQUEST = Pattern.compile(PROJECT + "/merge_requests/([0-9]+)");
    private static final Pattern NOTES = Pattern.compile(PROJECT + "/merge_requests/([0-9]+)/notes");
    private static final Pattern NOTE = Pattern.compile(PROJECT + "/merge_requests/[0-9]+/notes/([0-9]+)");
    private static final Pattern MEMBER = Pattern.compile(PROJECT + "/members/all/([0-9]+)");
    private static final Pattern FORK = Pattern.compile("/api/v4/projects/([0-9]+)");
    private static final Set<String> STATES = Set.of("pending", "running", "success", "failed", "canceled", "skipped");
    private static final Set<String> OPEN = Set.of("pending", "running");
    private static final List<String> PEOPLE = List.of("ada", "bob", "team");
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
    Reply answer(HttpExchange exchange, String path, Map<String, String> query, JsonNode body) throws IOException {
        var method = exchange.getRequestMethod();
        if (path.equals("/api/v4/personal_access_tokens/self")) {
            return Reply.of(200, "{\"id\": 1, \"expires_at\": " + expiry + "}");
        }
        if (path.equals(PROJECT)) {
            return Reply.of(200, "{\"id\": 1}");
        }
        var read = commit(LIST, path);
        if (method.equals("GET") && read.isPresent()) {
            return knows(read.get()) ? list(read.get(), query) : notFound("Commit");
        }
        var created = commit(CREATE, path);
        if (method.equals("POST") && created.isPresent()) {
            var denied = denied(false);
            return denied.isPresent()
                    ? denied.get()
                    : knows(created.get()) ? create(created.get(), body) : notFound("Commit");
        }
        if (path.equals("/api/v4/user")) {
            return Reply.of(200, json(user(SELF)));
        }
        if (!method.equals("GET")) {
            return write(method, path, body.path("body").asText());
        }
        return other(path, query);
    }

    private Reply write(String method, String path, String text) throws IOException {
        var denied = denied(true);
        if (denied.isPresent()) {
            return denied.get();
        }
        var notes = NOTES.matcher(path);
        if (method.equals("POST") && notes.matches()) {
            return Reply.of(201, json(note(addNote(Long.parseLong(notes.group(1)), text))));
        }
        var note = NOTE.matcher(path);
        var edited = method.equals("PUT") && note.matches()
                ? editNote(Integer.parseInt(note.group(1)), text)
                : Optional.<Note>empty();
        return edited.isEmpty() ? notFound("Note") : Reply.of(200, json(note(edited.get())));
    }

    private Reply other(String path, Map<String, String> query) throws IOException {
        var request = REQUEST.matcher(path);
        if (request.matches()) {
            return request(Long.parseLong(request.group(1)));
        }
        var member = MEMBER.matcher(path);
        if (member.matches()) {
            var writes = PEOPLE.stream()
                    .anyMatch(name -> isWriter(name) && String.valueOf(id(name)).equals(member.group(1)));
            return writes ? Reply.of(200, "{\"access_level\": 30, \"state\": \"active\"}") : notFound("Not found");
        }
        var fork = FORK.matcher(path);
        if (fork.matches()) {
            var owner = PEOPLE.stream()
                    .filter(name -> String.valueOf(id(name)).equals(fork.group(1)))
                    .findFirst();
            return owner.isEmpty()
                    ? notFound("Project")
                    : Reply.of(200, json(Map.of("namespace", Map.of("kind", "user", "path", owner.get()))));
        }
        var notes = NOTES.matcher(path);
        return notes.matches() ? notes(Long.parseLong(notes.group(1)), query) : notFound("Project");
    }

    private static Reply notFound(String what) {
        return Reply.of(404, "{\"message\": \"404 " + what + " Not Found\"}");
    }

    /** The newest of each name and ref, the newest first. */
    private Reply list(String commit, Map<String, String> query) throws IOException {
        var name = query.getOrDefault("name", "");
        var newest = new LinkedHashMap<List<String>, Status>();
        statuses(commit).stream()
                .filter(status -> name.isEmpty() || status.name().equals(name))
                .forEach(status -> newest.put(List.of(status.name(), status.ref()), status));
        var shown = newest.values().stream()
                .sorted(Comparator.comparingInt(Status::id).reversed())
                .map(it -> Map.of(
                        "id", it.id(), "name", it.name(), "ref", it.ref(), "status", it.state(), "sha", it.commit()))
                .toList();
        var page = page(
                shown,
                Integer.parseInt(query.getOrDefault("page", "1")),
                Math.min(100, Integer.parseInt(query.getOrDefault("per_page", "20"))));
        return Reply.of(200, json(page));
    }

    private Reply create(String commit, JsonNode body) throws IOException {
        var name = body.path("name").asText("default");
        var state = body.path("state").asText();
        var ref = body.path("ref").asText();
        if (!STATES.contains(state) || body.path("description").asText().length() > 255) {
            return Reply.of(400, "{\"error\": \"state does not have a valid value\"}");
        }
        if (ref.isEmpty()) {
            return notFound("References for commit");
        }
        var before = newest(commit, name, ref).map(Status::state).filter(OPEN::contains);
        if (before.filter(it -> it.equals(state) || state.equals("pending")).isPresent()) {
            return Reply.of(
                    400,
                    "{\"message\": {\"status\": [\"Cannot transition via :enqueue from :" + before.get()
                            + " (Reason(s): Status cannot transition via \\\"enqueue\\\")\"]}}");
        }
        return Reply.of(
                201, json(add(commit, name, ref, state, body.path("description").asText())));
    }

    private Optional<Status> newest(String commit, String name, String ref) {
        return statuses(commit).stream()
                .filter(status -> status.name().equals(name) && status.ref().equals(ref))
                .reduce((_, later) -> later);
    }

    private Reply request(long number) throws IOException {
        var proposal = proposal(number);
        if (proposal.isEmpty()) {
            return notFound("Merge request");
        }
        var it = proposal.get();
        return Reply.of(
                200,
                json(Map.of(
                        "iid",
                        number,
                        "author",
                        user(it.author()),
                        "draft",
                        it.draft(),
                        "labels",
                        it.labels(),
                        "target_branch",
                        it.target(),
                        "source_branch",
                        "topic",
                        "source_project_id",
                        id(it.owner()),
                        "target_project_id",
                        id("team"),
                        "diff_refs",
                        it.base() == null ? Map.of() : Map.of("base_sha", it.base()))));
    }

    private static Map<String, Object> user(String name) {
        return Map.of("username", name, "id", id(name));
    }

    private static Map<String, Object> note(Note note) {
        return Map.of(
                "id", note.id(),
                "author", user(note.author()),
                "body", note.body(),
                "system", note.body().startsWith("added "),
                "created_at", note.at().truncatedTo(ChronoUnit.MILLIS).toString());
    }

    /** With those that the system has made. */
    private Reply notes(long number, Map<String, String> query) throws IOException {
        var age = Comparator.comparingInt(Note::id);
        var all = notes(number).stream()
                .sorted(query.getOrDefault("sort", "desc").equals("asc") ? age : age.reversed())
                .map(FakeGitLab::note)
                .toList();
        return Reply.of(
                200, json(page(all, Integer.parseInt(query.get("page")), Integer.parseInt(query.get("per_page")))));
    }
}
