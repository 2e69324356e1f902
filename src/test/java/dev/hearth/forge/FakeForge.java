package dev.hearth.forge;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The commit statuses of one repository, team/app, at a server that answers as the API documentation of a forge says, with its
 * status codes and limits. It knows every commit but {@link #UNKNOWN}.
 */
public abstract sealed class FakeForge implements AutoCloseable permits FakeGitHub, FakeGitLab {
    public static final String TOKEN = "token-of-the-tests";
    /** The user whose token it is. */
    public static final String SELF = "hearth-bot";

    public static final String UNKNOWN = "0".repeat(40);
    static final ObjectMapper JSON = new ObjectMapper();

    private final HttpServer server;
    private final Queue<Reply> planned = new ConcurrentLinkedQueue<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<Status> statuses = new CopyOnWriteArrayList<>();
    private final Map<Long, Proposal> proposals = new ConcurrentHashMap<>();
    private final List<Note> notes = new CopyOnWriteArrayList<>();
    private final Set<String> lost = ConcurrentHashMap.newKeySet();
    private final Set<String> writers = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Reply always;
    private volatile @Nullable Reply deniedStatus;
    private volatile @Nullable Reply hiddenStatus;
    private volatile @Nullable Reply deniedComment;
    private volatile int lastGood;

    /** A status that somebody has written; the later ones have higher numbers. Only GitLab has refs. */
    public record Status(int id, String commit, String name, String ref, String state, String description) {}

    /**
     * A pull request.
     *
     * @param owner of the repository with its commits: that of the repository itself is {@code team}
     */
    public record Proposal(
            String author,
            String owner,
            @Nullable String base,
            String target,
            boolean draft,
            boolean closed,
            List<String> labels) {
        public Proposal(String author, String owner, @Nullable String base) {
            this(author, owner, base, "main", false, false, List.of());
        }

        public Proposal asDraft() {
            return new Proposal(author, owner, base, target, true, closed, labels);
        }

        public Proposal asClosed() {
            return new Proposal(author, owner, base, target, draft, true, labels);
        }

        public Proposal with(String... some) {
            return new Proposal(author, owner, base, target, draft, closed, List.of(some));
        }

        public Proposal to(String branch, String commit) {
            return new Proposal(author, owner, commit, branch, draft, closed, labels);
        }
    }

    /** A comment at a pull request. */
    public record Note(int id, long number, String author, String body, Instant at) {}

    /** An answer. */
    public record Reply(int status, Map<String, String> headers, String body) {
        public static Reply of(int status, String body) {
            return new Reply(status, Map.of(), body);
        }
    }

    FakeForge() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Answers the next request in this way, whatever it is. */
    public void plan(Reply reply) {
        planned.add(reply);
    }

    /** Answers all requests in this way until {@link #recover}. */
    public void breakDown(Reply reply) {
        always = reply;
    }

    /** Answers requests in this way, after the first of this number, until {@link #recover}. */
    public void failAfter(int number, Reply reply) {
        lastGood = number;
        breakDown(reply);
    }

    public void recover() {
        always = null;
        lastGood = 0;
    }

    /** Answers each attempt to write a status in this way; null to accept them again. */
    public void denyStatuses(@Nullable Reply reply) {
        deniedStatus = reply;
    }

    /** Answers each attempt to read or write a status in this way; null to accept them again. */
    public void hideStatuses(@Nullable Reply reply) {
        hiddenStatus = reply;
        deniedStatus = reply;
    }

    /** Answers each attempt to write a comment in this way; null to accept them again. */
    public void denyComments(@Nullable Reply reply) {
        deniedComment = reply;
    }

    /** Methods and paths of all requests so far. */
    public List<String> requests() {
        return List.copyOf(requests);
    }

    /** All statuses of a commit, in the order in which they were written. */
    public List<Status> statuses(String commit) {
        return statuses.stream()
                .filter(status -> status.commit().equals(commit))
                .toList();
    }

    /** Makes a pull request, or changes one. */
    public void propose(long number, Proposal proposal) {
        proposals.put(number, proposal);
    }

    /** Lets somebody write the repository. */
    public void addWriter(String name) {
        writers.add(name);
    }

    /** Comments at a pull request now. Forges write times in seconds, and a comment counts if it is later than what it is about. */
    public void comment(long number, String author, String body) {
        notes.add(new Note(notes.size() + 1, number, author, body, Instant.now().plusSeconds(1)));
    }

    Optional<Proposal> proposal(long number) {
        return Optional.ofNullable(proposals.get(number));
    }

    boolean isWriter(String name) {
        return writers.contains(name);
    }

    /** The comments at a pull request, the oldest first. */
    public List<Note> notes(long number) {
        return notes.stream().filter(note -> note.number() == number).toList();
    }

    /** Writes a comment of the token's user. */
    Note addNote(long number, String body) {
        var note = new Note(notes.size() + 1, number, SELF, body, Instant.now());
        notes.add(note);
        return note;
    }

    /** Changes a comment of the token's user. Empty if it is none. */
    Optional<Note> editNote(int id, String body) {
        var edited = notes.stream()
                .filter(note -> note.id() == id && note.author().equals(SELF))
                .findFirst()
                .map(note -> new Note(id, note.number(), SELF, body, note.at()));
        edited.ifPresent(note -> notes.set(id - 1, note));
        return edited;
    }

    /** Returns how an attempt to write is denied. Empty if it is allowed. */
    Optional<Reply> denied(boolean comment) {
        return Optional.ofNullable(comment ? deniedComment : deniedStatus);
    }

    /** Returns how an attempt to read statuses is denied. Empty if it is allowed. */
    Optional<Reply> hidden() {
        return Optional.ofNullable(hiddenStatus);
    }

    /** The number of somebody's account. */
    static int id(String name) {
        return name.hashCode() & Integer.MAX_VALUE;
    }

    /** No longer knows a commit, as after a rewritten branch and a collection of garbage. */
    public void lose(String commit) {
        lost.add(commit);
    }

    boolean knows(String commit) {
        return !lost.contains(commit) && !commit.equals(UNKNOWN);
    }

    /** Deletes the statuses of a commit, as a restored backup of a forge may. */
    public void forget(String commit) {
        statuses.removeIf(status -> status.commit().equals(commit));
    }

    Status add(String commit, String name, String ref, String state, String description) {
        var status = new Status(statuses.size() + 1, commit, name, ref, state, description);
        statuses.add(status);
        return status;
    }

    /** Answers a request whose token is right. */
    abstract Reply answer(HttpExchange exchange, String path, Map<String, String> query, JsonNode body)
            throws IOException;

    abstract boolean isAuthorized(HttpExchange exchange);

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            var body = exchange.getRequestBody().readAllBytes();
            var path = exchange.getRequestURI().getRawPath();
            requests.add(exchange.getRequestMethod() + " " + path);
            var fixed = Optional.ofNullable(planned.poll())
                    .or(() -> Optional.ofNullable(always).filter(_ -> requests.size() > lastGood));
            var reply = fixed.isPresent()
                    ? fixed.get()
                    : isAuthorized(exchange)
                            ? answer(
                                    exchange,
                                    path,
                                    query(exchange.getRequestURI().getRawQuery()),
                                    body.length == 0 ? JSON.createObjectNode() : JSON.readTree(body))
                            : Reply.of(401, "{\"message\": \"401 Unauthorized\"}");
            reply.headers()
                    .forEach((name, value) -> exchange.getResponseHeaders().add(name, value));
            var bytes = reply.body().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(reply.status(), bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    private static Map<String, String> query(@Nullable String raw) {
        var parameters = new HashMap<String, String>();
        for (String pair : Optional.ofNullable(raw).orElse("").split("&", -1)) {
            var parts = pair.split("=", 2);
            parameters.put(parts[0], parts.length == 2 ? URLDecoder.decode(parts[1], StandardCharsets.UTF_8) : "");
        }
        return parameters;
    }

    static String json(Object value) throws IOException {
        return JSON.writeValueAsString(value);
    }

    /** Returns the commit that a path names, if it matches. */
    static Optional<String> commit(Pattern pattern, String path) {
        var matcher = pattern.matcher(path);
        return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    static <T> List<T> page(List<T> all, int number, int size) {
        var from = Math.min(all.size(), (number - 1) * size);
        return new ArrayList<>(all.subList(from, Math.min(all.size(), from + size)));
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
