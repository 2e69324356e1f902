package dev.hearth.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.hearth.budget.Reservation;
import dev.hearth.budget.Response;
import dev.hearth.destination.Destination;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A repository and the credentials used for it, for one question. Everything read counts against the question's budget. A token
 * is not kept beyond the connection, so it is never used for other credentials.
 */
final class Connection {
    /** Of an answer that is no manifest: a token, or why something is refused. */
    static final int LARGEST_WORDS = 1 << 16;

    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final int MOST_REDIRECTS = 3;
    private static final String AUTHORIZATION = "Authorization";

    private static final Set<Integer> REDIRECTS =
            Set.of(HttpURLConnection.HTTP_MOVED_PERM, HttpURLConnection.HTTP_MOVED_TEMP, 307, 308);

    /** Without HTTP/2, in which a server may send 16 MiB before they are read. */
    private static final HttpClient CLIENT = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(CONNECT)
            .build();

    private final RegistryRepository repository;
    private final @Nullable RegistryLogin credentials;
    private final boolean insecure;
    private final boolean loopback;
    private final Response response;
    private @Nullable String authorization;

    /**
     * @param insecure whether the registry is talked to over plain HTTP
     * @param loopback whether the operator's own host may be asked
     */
    Connection(
            RegistryRepository repository,
            @Nullable RegistryLogin credentials,
            boolean insecure,
            boolean loopback,
            Reservation reservation) {
        this.repository = repository;
        this.credentials = credentials;
        this.insecure = insecure;
        this.loopback = loopback;
        this.response = reservation.response();
    }

    RegistryRepository repository() {
        return repository;
    }

    boolean insecure() {
        return insecure;
    }

    /** What a registry answered, read to its end. */
    record Answer(int status, HttpHeaders headers, String text) {
        boolean isSuccess() {
            return Connection.isSuccess(status);
        }
    }

    /** Asks as the user, and reads the answer. One that is longer than {@code most} bytes is an error. */
    Answer ask(String method, URI uri, BodyPublisher body, Map<String, String> headers, int most)
            throws RegistryException {
        return read(send(request(method, uri, body, headers)), most);
    }

    /** Sends to a place that is not the registry's own, which is shown neither password nor token. */
    Answer askAnonymously(String method, URI uri, BodyPublisher body, Map<String, String> headers, int most)
            throws RegistryException {
        return read(exchange(request(method, uri, body, headers)), most);
    }

    /** Content of any length, which does not count against the question's budget: the caller keeps none of it. */
    InputStream open(URI uri) throws RegistryException {
        var sent = send(request("GET", uri, HttpRequest.BodyPublishers.noBody(), Map.of()));
        if (isSuccess(sent.statusCode())) {
            return sent.body();
        }
        throw refusal(read(sent, LARGEST_WORDS));
    }

    /** Throws for every answer that is no success, a redirect that was not followed included. */
    void check(Answer answer) throws RegistryException {
        if (!answer.isSuccess()) {
            throw refusal(answer);
        }
    }

    private RegistryException refusal(Answer answer) {
        return RegistryException.of(repository, credentials == null, answer.status(), answer.text());
    }

    private static boolean isSuccess(int status) {
        return status >= 200 && status <= 299;
    }

    private static HttpRequest request(String method, URI uri, BodyPublisher body, Map<String, String> headers) {
        var request = HttpRequest.newBuilder(uri).method(method, body);
        headers.forEach(request::header);
        return request.build();
    }

    private HttpResponse<InputStream> send(HttpRequest request) throws RegistryException {
        var sent = exchange(authorized(request));
        var status = sent.statusCode();
        if (status == HttpURLConnection.HTTP_UNAUTHORIZED || status == HttpURLConnection.HTTP_FORBIDDEN) {
            var challenge = Challenge.of(sent.headers());
            if (challenge.isPresent()) {
                var learned = authorize(challenge.get());
                if (learned.isPresent() && !learned.get().equals(authorization)) {
                    close(sent);
                    authorization = learned.get();
                    sent = exchange(authorized(request));
                }
            }
        }
        return redirected(request, sent);
    }

    /** Other storage, such as a cloud's, authorizes by the URL itself. */
    private HttpResponse<InputStream> redirected(HttpRequest request, HttpResponse<InputStream> first)
            throws RegistryException {
        var sent = first;
        var reads = Set.of("GET", "HEAD").contains(request.method());
        for (int redirect = 0;
                reads && redirect < MOST_REDIRECTS && REDIRECTS.contains(sent.statusCode());
                redirect++) {
            var place = place(sent.uri(), sent.headers());
            if (place.isEmpty()) {
                break;
            }
            close(sent);
            var next = HttpRequest.newBuilder(request, (_, _) -> true)
                    .uri(place.get())
                    .build();
            sent = exchange(isOwn(request.uri(), place.get()) ? authorized(next) : next);
        }
        return sent;
    }

    /** Where an answer leads to; empty if to nothing that may be followed. */
    Optional<URI> place(URI from, HttpHeaders headers) {
        try {
            return headers.firstValue("Location")
                    .map(from::resolve)
                    .filter(place -> place.getHost() != null)
                    .filter(place ->
                            "https".equals(place.getScheme()) || (insecure && "http".equals(place.getScheme())));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Whether a place is the same server, which may be shown what the other was shown. */
    static boolean isOwn(URI one, URI other) {
        return Objects.equals(one.getScheme(), other.getScheme())
                && Objects.equals(one.getRawAuthority(), other.getRawAuthority());
    }

    private HttpRequest authorized(HttpRequest request) {
        return authorization == null
                ? request
                : HttpRequest.newBuilder(request, (_, _) -> true)
                        .setHeader(AUTHORIZATION, authorization)
                        .build();
    }

    private Optional<String> authorize(Challenge challenge) throws RegistryException {
        return switch (challenge) {
            case Challenge.Basic _ -> basic();
            case Challenge.Bearer bearer -> Optional.of("Bearer " + token(bearer));
        };
    }

    private Optional<String> basic() {
        return Optional.ofNullable(credentials)
                .map(it -> (it.username() + ":" + it.password()).getBytes(StandardCharsets.UTF_8))
                .map(it -> "Basic " + Base64.getEncoder().encodeToString(it));
    }

    private String token(Challenge.Bearer challenge) throws RegistryException {
        var address = challenge
                .address(insecure)
                .orElseThrow(() -> RegistryException.invalid(
                        repository.host() + " names no server that gives tokens over HTTPS: it is no OCI registry"));
        var request = HttpRequest.newBuilder(address);
        basic().ifPresent(it -> request.setHeader(AUTHORIZATION, it));
        var answer = read(exchange(request.build()), LARGEST_WORDS);
        check(answer);
        try {
            var json = BoundedJson.MAPPER.readTree(answer.text());
            var token = json.path("token").asText(json.path("access_token").asText());
            if (token.matches("[\\x21-\\x7e]+")) {
                return token;
            }
        } catch (JsonProcessingException e) {
            // Said below: what cannot be read is no token either.
        }
        throw RegistryException.invalid(address.getHost() + " gives no token for " + repository);
    }

    /** Every request, also one that a server leads to by a redirect or as the place that gives tokens. */
    private HttpResponse<InputStream> exchange(HttpRequest request) throws RegistryException {
        var refusal = Destination.refusal(request.uri().getHost(), loopback);
        if (refusal.isPresent()) {
            throw RegistryException.invalid(
                    repository + " leads to a host that Hearth does not connect to: " + refusal.get());
        }
        try {
            return CLIENT.send(request, BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw RegistryException.unreachable(repository, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw RegistryException.interrupted(repository);
        }
    }

    private Answer read(HttpResponse<InputStream> sent, int most) throws RegistryException {
        try (var body = response.count(sent.body())) {
            var bytes = body.readNBytes(most + 1);
            if (bytes.length > most) {
                throw RegistryException.tooLarge(repository, most);
            }
            return new Answer(sent.statusCode(), sent.headers(), new String(bytes, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw RegistryException.unreachable(repository, e);
        }
    }

    private void close(HttpResponse<InputStream> sent) throws RegistryException {
        try {
            sent.body().close();
        } catch (IOException e) {
            throw RegistryException.unreachable(repository, e);
        }
    }
}
