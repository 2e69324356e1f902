package dev.hearth.forge;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jwt.SignedJWT;
import dev.hearth.forge.FakeForge.Reply;
import java.io.IOException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.interfaces.RSAPublicKey;
import java.text.ParseException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.jspecify.annotations.Nullable;

/**
 * A GitHub App at the repository of {@link FakeGitHub}, and its check runs, as docs.github.com documents them: proofs that
 * expire, tokens for one repository, and limits of texts, annotations and buttons.
 */
public final class FakeGitHubApp {
    public static final long ID = 4711;
    static final long INSTALLATION = 99;
    private static final KeyPair KEY = newKey();

    private static final String REPOSITORY = "/api/v3/repos/team/app";
    private static final Pattern OF_COMMIT = Pattern.compile(REPOSITORY + "/commits/([0-9a-f]{40})/check-runs");
    private static final Pattern ONE = Pattern.compile(REPOSITORY + "/check-runs/([0-9]+)");
    private static final Set<String> STATUSES = Set.of("queued", "in_progress", "completed");
    private static final Set<String> CONCLUSIONS =
            Set.of("success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required");
    private static final int MOST = 1000;
    private static final int MOST_AT_ONCE = 50;

    private final FakeGitHub forge;
    private final Clock clock;
    private final Map<String, Instant> tokens = new ConcurrentHashMap<>();
    private final Map<Long, CheckRun> runs = new ConcurrentHashMap<>();
    private final List<JsonNode> asked = new CopyOnWriteArrayList<>();
    private final Map<String, String> permissions =
            new ConcurrentHashMap<>(Map.of("checks", "write", "pull_requests", "write", "metadata", "read"));
    private volatile boolean installed = true;
    private volatile boolean suspended;

    /** A check run; the later ones have higher numbers. */
    public record CheckRun(
            long id,
            String commit,
            String name,
            String status,
            String conclusion,
            String externalId,
            String title,
            String summary,
            List<JsonNode> annotations,
            List<JsonNode> buttons) {}

    FakeGitHubApp(FakeGitHub forge, Clock clock) {
        this.forge = forge;
        this.clock = clock;
    }

    static KeyPair newKey() {
        try {
            var generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            return generator.generateKeyPair();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns the private key as GitHub delivers it. */
    public static String key() {
        try {
            var key = PrivateKeyInfo.getInstance(KEY.getPrivate().getEncoded()).parsePrivateKey();
            return pem("RSA PRIVATE KEY", key.toASN1Primitive().getEncoded());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns the private key in the other common form, PKCS#8. */
    static String convertedKey() {
        return pem("PRIVATE KEY", KEY.getPrivate().getEncoded());
    }

    /** Returns a key that is not of the App. */
    static String otherKey() {
        return pem("PRIVATE KEY", newKey().getPrivate().getEncoded());
    }

    static String pem(String type, byte[] content) {
        var lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        return "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(type, lines, type);
    }

    public void uninstall() {
        installed = false;
        tokens.clear();
    }

    void suspend() {
        suspended = true;
    }

    /** Makes all tokens invalid that were given out so far. */
    void revokeTokens() {
        tokens.clear();
    }

    void permit(String permission, String level) {
        permissions.put(permission, level);
    }

    /** Returns what was asked for with each token. */
    List<JsonNode> asked() {
        return List.copyOf(asked);
    }

    /** Returns the check runs of a commit, the oldest first. */
    public List<CheckRun> runs(String commit) {
        return runs.values().stream()
                .filter(run -> run.commit().equals(commit))
                .sorted(Comparator.comparingLong(CheckRun::id))
                .toList();
    }

    /** Adds a check run as another process with the same key may do. */
    CheckRun add(String commit, String name, String status, String conclusion) {
        var run = new CheckRun(runs.size() + 1L, commit, name, status, conclusion, "", "", "", List.of(), List.of());
        runs.put(run.id(), run);
        return run;
    }

    /** Changes a text, as GitHub may do. */
    void retitle(CheckRun run, String title) {
        runs.put(
                run.id(),
                new CheckRun(
                        run.id(),
                        run.commit(),
                        run.name(),
                        run.status(),
                        run.conclusion(),
                        run.externalId(),
                        title,
                        run.summary(),
                        run.annotations(),
                        run.buttons()));
    }

    /** Returns whether a request is of the App: by its key where that is needed, else by a token of its installation. */
    boolean isAuthorized(String path, String bearer) {
        return isForKey(path)
                ? isProof(bearer)
                : Optional.ofNullable(tokens.get(bearer))
                        .filter(end -> clock.instant().isBefore(end))
                        .isPresent();
    }

    /** Returns whether a path needs the App itself. */
    static boolean isForKey(String path) {
        return path.startsWith("/api/v3/app") || path.equals(REPOSITORY + "/installation");
    }

    private boolean isProof(String text) {
        try {
            var proof = SignedJWT.parse(text);
            var claims = proof.getJWTClaimsSet();
            var now = clock.instant();
            return proof.verify(new RSASSAVerifier((RSAPublicKey) KEY.getPublic()))
                    && String.valueOf(ID).equals(claims.getIssuer())
                    && !claims.getIssueTime().toInstant().isAfter(now)
                    && claims.getExpirationTime().toInstant().isAfter(now)
                    && !claims.getExpirationTime().toInstant().isAfter(now.plusSeconds(600));
        } catch (ParseException | JOSEException e) {
            return false;
        }
    }

    /** Answers a request about the App or its check runs. Empty if it is about something else. */
    Optional<Reply> answer(String method, String path, Map<String, String> query, JsonNode body, boolean ofApp)
            throws IOException {
        if (path.equals("/api/v3/app")) {
            return reply(200, Map.of("id", ID, "slug", "hearth-of-team"));
        }
        if (path.equals(REPOSITORY + "/installation")) {
            return installed ? reply(200, installation()) : message(404, "Not Found");
        }
        if (path.equals("/api/v3/app/installations/" + INSTALLATION + "/access_tokens")) {
            return installed ? issue(body) : message(404, "Not Found");
        }
        var ofCommit = FakeForge.commit(OF_COMMIT, path);
        if (ofCommit.isPresent()) {
            return forge.knows(ofCommit.get())
                    ? reply(200, list(ofCommit.get(), query))
                    : message(422, "No commit found for SHA: " + ofCommit.get());
        }
        var one = ONE.matcher(path);
        var create = method.equals("POST") && path.equals(REPOSITORY + "/check-runs");
        if (!create && !one.matches()) {
            return Optional.empty();
        }
        if (!ofApp) {
            return message(403, "You must authenticate via a GitHub App.");
        }
        if (!create) {
            return change(runs.get(Long.parseLong(one.group(1))), body);
        }
        if (!forge.knows(body.path("head_sha").asText())) {
            return message(422, "No commit found for SHA");
        }
        return change(
                new CheckRun(
                        runs.keySet().stream().mapToLong(id -> id).max().orElse(0) + 1,
                        body.path("head_sha").asText(),
                        "",
                        "queued",
                        "",
                        "",
                        "",
                        "",
                        List.of(),
                        List.of()),
                body);
    }

    private Map<String, Object> installation() {
        var fields = new HashMap<String, Object>();
        fields.put("id", INSTALLATION);
        fields.put("permissions", permissions);
        fields.put("suspended_at", suspended ? "2026-01-01T00:00:00Z" : null);
        return fields;
    }

    private Optional<Reply> issue(JsonNode body) throws IOException {
        asked.add(body);
        if (suspended) {
            return message(403, "This installation has been suspended");
        }
        for (var wanted : body.path("permissions").properties()) {
            var granted = permissions.getOrDefault(wanted.getKey(), "none");
            if (!granted.equals("write") && !granted.equals(wanted.getValue().asText())) {
                return message(422, "The permissions requested are not granted to this installation.");
            }
        }
        var token = "ghs_" + asked.size();
        var end = clock.instant().plusSeconds(3600);
        tokens.put(token, end);
        return reply(201, Map.of("token", token, "expires_at", end.toString()));
    }

    private Map<String, Object> list(String commit, Map<String, String> query) {
        var named = runs(commit).reversed().stream()
                .filter(run -> run.name().equals(query.getOrDefault("check_name", run.name())))
                .toList();
        var shown = query.getOrDefault("filter", "latest").equals("all")
                ? named
                : named.stream().limit(1).toList();
        var page = FakeForge.page(
                shown,
                Integer.parseInt(query.getOrDefault("page", "1")),
                Math.min(100, Integer.parseInt(query.getOrDefault("per_page", "30"))));
        return Map.of(
                "total_count",
                shown.size(),
                "check_runs",
                page.stream().map(FakeGitHubApp::fields).toList());
    }

    private static Map<String, Object> fields(CheckRun run) {
        var fields = new HashMap<String, Object>();
        fields.put("id", run.id());
        fields.put("name", run.name());
        fields.put("status", run.status());
        fields.put("conclusion", run.conclusion().isEmpty() ? null : run.conclusion());
        fields.put("external_id", run.externalId());
        fields.put("app", Map.of("id", ID));
        fields.put(
                "output",
                Map.of(
                        "title",
                        run.title(),
                        "summary",
                        run.summary(),
                        "annotations_count",
                        run.annotations().size()));
        return fields;
    }

    private Optional<Reply> change(@Nullable CheckRun before, JsonNode body) throws IOException {
        if (before == null) {
            return message(404, "Not Found");
        }
        var problem = problem(body);
        if (problem.isPresent()) {
            return message(422, problem.get());
        }
        var output = body.path("output");
        var annotations = new ArrayList<>(before.annotations());
        output.path("annotations").forEach(annotations::add);
        // A completed check run stays completed, whatever status it is given.
        var conclusion = body.path("conclusion").asText(before.conclusion());
        var after = new CheckRun(
                before.id(),
                before.commit(),
                body.path("name").asText(before.name()),
                conclusion.isEmpty() ? body.path("status").asText(before.status()) : "completed",
                conclusion.isEmpty() && body.has("status") ? "" : conclusion,
                body.path("external_id").asText(before.externalId()),
                output.path("title").asText(before.title()),
                output.path("summary").asText(before.summary()),
                annotations,
                StreamSupport.stream(body.path("actions").spliterator(), false).toList());
        runs.put(after.id(), after);
        var same = runs(after.commit()).stream()
                .filter(run -> run.name().equals(after.name()))
                .toList();
        same.stream().limit(Math.max(0, same.size() - MOST)).forEach(run -> runs.remove(run.id()));
        return reply(201, fields(after));
    }

    private static Optional<String> problem(JsonNode body) {
        var output = body.path("output");
        var annotations = output.path("annotations");
        if (!STATUSES.contains(body.path("status").asText("queued"))
                || (body.path("status").asText().equals("completed")
                        && !CONCLUSIONS.contains(body.path("conclusion").asText()))) {
            return Optional.of("Invalid status or conclusion");
        }
        if (annotations.size() > MOST_AT_ONCE) {
            return Optional.of("Only 50 annotations are allowed per request");
        }
        for (JsonNode it : annotations) {
            if (it.path("path").asText().isEmpty()
                    || it.path("start_line").asInt() < 1
                    || it.path("end_line").asInt() < it.path("start_line").asInt()
                    || it.path("message").asText().isEmpty()
                    || it.path("message").asText().length() > 65_536
                    || it.path("title").asText().length() > 255) {
                return Optional.of("Invalid annotation");
            }
        }
        var longText = output.path("summary").asText().length() > 65_535;
        if (longText
                || (!output.isMissingNode() && output.path("title").asText().isEmpty())) {
            return Optional.of("Invalid output");
        }
        var buttons = body.path("actions");
        for (JsonNode it : buttons) {
            if (it.path("label").asText().length() > 20
                    || it.path("description").asText().length() > 40
                    || it.path("identifier").asText().length() > 20) {
                return Optional.of("Invalid action");
            }
        }
        return buttons.size() > 3 ? Optional.of("Too many actions") : Optional.empty();
    }

    private static Optional<Reply> reply(int status, Map<String, ?> fields) throws IOException {
        return Optional.of(Reply.of(status, FakeForge.json(fields)));
    }

    private static Optional<Reply> message(int status, String text) throws IOException {
        return reply(status, Map.of("message", text));
    }
}
