package dev.hearth.forge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.hearth.budget.ResponseTooLarge;
import dev.hearth.core.forge.ForgeAddress;
import dev.hearth.http.BoundedJson;
import dev.hearth.http.OutboundRequests;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Sends requests to the API of one forge, with their proof, and tells its failures apart. The proof goes to no other address. */
final class ApiConnection {
    /** A page of the comments that strangers write can be larger: all forges take comments of several hundred KiB. */
    private static final int LARGEST = 4 << 20;

    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int UNPROCESSABLE = 422;

    /** GitHub asks for a minute after its secondary limit if it does not say how long. */
    private static final Duration DEFAULT_PAUSE = Duration.ofMinutes(1);

    private static final Duration LONGEST_PAUSE = Duration.ofHours(2);

    private final ForgeAddress address;
    private final OutboundRequests requests;
    private final Authorization authorization;
    private final Clock clock;
    private @Nullable HttpHeaders last;

    ApiConnection(ForgeAddress address, OutboundRequests requests, Authorization authorization, Clock clock) {
        this.address = address;
        this.requests = requests;
        this.authorization = authorization;
        this.clock = clock;
    }

    /** An answer of the API with its JSON; that of no or other content is missing. */
    record Answer(int status, HttpHeaders headers, JsonNode json) {
        boolean isSuccess() {
            return status >= 200 && status <= 299;
        }

        /** Returns whether the request itself was wrong, and another one may be right. */
        boolean isRefusal() {
            return status == HttpURLConnection.HTTP_BAD_REQUEST || status == UNPROCESSABLE;
        }
    }

    /**
     * Whether a text that a forge has sent can be one segment of a path: an empty one, and one of dots alone, would lead
     * elsewhere. An account that was deleted has no name.
     */
    static boolean isSegment(String text) {
        return !text.matches("\\.*");
    }

    /** Returns a text as one segment of a path, or as a value of a query. */
    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** One request. */
    @FunctionalInterface
    interface Call {
        Answer send() throws ForgeException;
    }

    /**
     * Sends a request about a commit. If the forge knows the repository and not the commit, only that commit is refused.
     *
     * @param repository path of the repository in the API
     */
    Answer orRefused(Call call, String repository, String commit) throws ForgeException {
        try {
            return call.send();
        } catch (ForgeException e) {
            if (e.kind() == ForgeException.Kind.NotFound && find(repository).isPresent()) {
                throw ForgeException.refused(address, commit, HttpURLConnection.HTTP_NOT_FOUND);
            }
            throw e;
        }
    }

    /** Reads a path of the API. Throws unless the answer is a success or a refusal. */
    Answer get(String path) throws ForgeException {
        return exchange(HttpRequest.newBuilder(uri(path)).GET());
    }

    /** Posts fields as JSON to a path of the API. Throws unless the answer is a success or a refusal. */
    Answer post(String path, Map<String, ?> fields) throws ForgeException {
        return send("POST", path, fields);
    }

    /** Changes fields of an object of the API. Throws unless the answer is a success or a refusal. */
    Answer patch(String path, Map<String, ?> fields) throws ForgeException {
        return send("PATCH", path, fields);
    }

    /** Changes an object of the API, where that is done by PUT. Throws unless the answer is a success or a refusal. */
    Answer put(String path, Map<String, ?> fields) throws ForgeException {
        return send("PUT", path, fields);
    }

    private Answer send(String method, String path, Map<String, ?> fields) throws ForgeException {
        var json = BoundedJson.MAPPER.valueToTree(fields).toString();
        return exchange(HttpRequest.newBuilder(uri(path))
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(json)));
    }

    /** Reads an object of the API. Throws if there is none. */
    JsonNode object(String path) throws ForgeException {
        var answer = get(path);
        if (!answer.isSuccess() || !answer.json().isObject()) {
            throw ForgeException.invalid(address);
        }
        return answer.json();
    }

    /** Reads an array of the API. Throws if there is none. */
    JsonNode array(String path) throws ForgeException {
        var answer = get(path);
        if (!answer.isSuccess() || !answer.json().isArray()) {
            throw ForgeException.invalid(address);
        }
        return answer.json();
    }

    /**
     * Reads an object of the API. Empty if it does not exist, or the token does not allow to see it. Throws if the forge does not
     * accept the proof itself: that says nothing of the object.
     */
    Optional<JsonNode> find(String path) throws ForgeException {
        var answer = answer(HttpRequest.newBuilder(uri(path)).GET());
        if (answer.isSuccess() && answer.json().isObject()) {
            return Optional.of(answer.json());
        }
        if (answer.isSuccess() || answer.isRefusal()) {
            throw ForgeException.invalid(address);
        }
        var failure = failure(answer);
        return switch (failure.kind()) {
            case Denied -> {
                if (answer.status() == HttpURLConnection.HTTP_UNAUTHORIZED) {
                    throw failure;
                }
                yield Optional.empty();
            }
            case NotFound -> Optional.empty();
            case Unavailable, Exceeded, RateLimited, Refused, Unwritable -> throw failure;
        };
    }

    /** Returns the id of a commit. Null if it is none. */
    static @Nullable String commit(JsonNode json) {
        var text = json.asText();
        return COMMIT.matcher(text).matches() ? text : null;
    }

    /** Returns a time with its offset, as all forges write it. Empty if it is none. */
    static Optional<Instant> time(JsonNode json) {
        try {
            return Optional.of(OffsetDateTime.parse(json.asText()).toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private URI uri(String path) {
        return URI.create(address.api() + path);
    }

    private Answer exchange(HttpRequest.Builder request) throws ForgeException {
        var answer = answer(request);
        if (!answer.isSuccess() && !answer.isRefusal()) {
            throw failure(answer);
        }
        return answer;
    }

    private Answer answer(HttpRequest.Builder request) throws ForgeException {
        var answer = attempt(request);
        return answer.status() == HttpURLConnection.HTTP_UNAUTHORIZED && authorization.renew()
                ? attempt(request)
                : answer;
    }

    private Answer attempt(HttpRequest.Builder request) throws ForgeException {
        authorization.headers().forEach(request::setHeader);
        try {
            var sent = requests.send(request.build());
            last = sent.headers();
            return new Answer(sent.statusCode(), sent.headers(), read(sent));
        } catch (IOException e) {
            throw ForgeException.unreachable(address, e);
        }
    }

    private JsonNode read(HttpResponse<InputStream> sent) throws IOException {
        try {
            return BoundedJson.MAPPER.readTree(requests.read(sent, LARGEST));
        } catch (StreamConstraintsException e) {
            throw new ResponseTooLarge("the answer has more JSON than Hearth reads");
        } catch (JsonProcessingException e) {
            return MissingNode.getInstance();
        }
    }

    private ForgeException failure(Answer answer) {
        var pause = pause(answer);
        if (pause.isPresent()) {
            return ForgeException.rateLimited(address, authorization.holder(), pause.get());
        }
        return switch (answer.status()) {
            case 401, 403 -> {
                var _ = authorization.renew(); // the next attempt has the rights that it is given until then
                yield ForgeException.denied(address, authorization.holder());
            }
            case 404, 410 -> ForgeException.notFound(address, authorization.holder());
            case 301, 302, 303, 307, 308 -> ForgeException.moved(address);
            default -> ForgeException.unavailable(address, answer.status());
        };
    }

    /**
     * Returns when the forge accepts requests again. GitHub answers with 403 or 429, GitLab and Gitea with 429; GitHub's and
     * GitLab's headers differ by their prefix.
     */
    private Optional<Instant> pause(Answer answer) {
        var now = clock.instant();
        var retryAfter = number(answer, "Retry-After").map(now::plusSeconds);
        var limit = Stream.of("X-RateLimit-", "RateLimit-")
                .filter(prefix -> number(answer, prefix + "Remaining")
                        .filter(left -> left == 0)
                        .isPresent())
                .flatMap(prefix -> number(answer, prefix + "Reset").stream())
                .flatMap(ApiConnection::instant)
                .findFirst();
        var limited = answer.status() == TOO_MANY_REQUESTS
                || (answer.status() == HttpURLConnection.HTTP_FORBIDDEN
                        && (retryAfter.isPresent()
                                || limit.isPresent()
                                || answer.json().path("message").asText().contains("rate limit")));
        return limited
                ? retryAfter
                        .or(() -> limit)
                        .or(() -> Optional.of(now.plus(DEFAULT_PAUSE)))
                        .map(at -> bounded(at, now))
                : Optional.empty();
    }

    /** A forge that says something absurd is asked again all the same. */
    private static Instant bounded(Instant at, Instant now) {
        var latest = now.plus(LONGEST_PAUSE);
        var earliest = now.plusSeconds(1);
        return at.isAfter(latest) ? latest : at.isBefore(earliest) ? earliest : at;
    }

    private static Stream<Instant> instant(long seconds) {
        try {
            return Stream.of(Instant.ofEpochSecond(seconds));
        } catch (DateTimeException e) {
            return Stream.empty();
        }
    }

    private static Optional<Long> number(Answer answer, String header) {
        return answer.headers()
                .firstValue(header)
                .filter(value -> value.matches("[0-9]{1,12}"))
                .map(Long::parseLong);
    }

    /** Returns a header of the last answer. */
    Optional<String> header(String name) {
        return Optional.ofNullable(last).flatMap(headers -> headers.firstValue(name));
    }

    ForgeAddress address() {
        return address;
    }

    Instant now() {
        return clock.instant();
    }
}
