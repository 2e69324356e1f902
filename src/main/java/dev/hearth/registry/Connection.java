package dev.hearth.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.hearth.budget.Reservation;
import dev.hearth.http.BoundedJson;
import dev.hearth.http.OutboundRequests;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Sends the requests of one call to a repository, with its credentials. All answers use the reservation of the call. A
 * token is not kept beyond the connection, so it is never used with other credentials.
 */
final class Connection {
    /** Size limit of an answer that is not a manifest: a token or an error. */
    static final int LARGEST_ANSWER = 1 << 16;

    private static final int MOST_REDIRECTS = 3;
    private static final String AUTHORIZATION = "Authorization";

    private static final Set<Integer> REDIRECTS =
            Set.of(HttpURLConnection.HTTP_MOVED_PERM, HttpURLConnection.HTTP_MOVED_TEMP, 307, 308);

    private final RegistryRepository repository;
    private final @Nullable RegistryLogin credentials;
    private final boolean insecure;
    private final OutboundRequests requests;
    private @Nullable String authorization;

    /**
     * Creates a connection.
     *
     * @param insecure whether the registry is contacted over plain HTTP
     * @param loopback whether loopback addresses are allowed
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
        this.requests = new OutboundRequests(loopback, reservation);
    }

    RegistryRepository repository() {
        return repository;
    }

    boolean insecure() {
        return insecure;
    }

    /** An answer of a registry with its complete body. */
    record Answer(int status, HttpHeaders headers, String text) {
        boolean isSuccess() {
            return Connection.isSuccess(status);
        }
    }

    /**
     * Sends a request with the credentials, and reads the answer. An answer of more than {@code most} bytes is an
     * error.
     */
    Answer send(String method, URI uri, BodyPublisher body, Map<String, String> headers, int most)
            throws RegistryException {
        return read(exchangeAuthorized(request(method, uri, body, headers)), most);
    }

    /** Sends a request to another server than the registry, without password and token. */
    Answer sendAnonymously(String method, URI uri, BodyPublisher body, Map<String, String> headers, int most)
            throws RegistryException {
        return read(exchange(request(method, uri, body, headers)), most);
    }

    /**
     * Opens content of any length. It does not use the response budget, because the caller does not keep it in memory.
     */
    InputStream open(URI uri) throws RegistryException {
        var sent = exchangeAuthorized(request("GET", uri, HttpRequest.BodyPublishers.noBody(), Map.of()));
        if (isSuccess(sent.statusCode())) {
            return sent.body();
        }
        throw failure(read(sent, LARGEST_ANSWER));
    }

    /** Throws for every answer that is not a success, including a redirect that was not followed. */
    void check(Answer answer) throws RegistryException {
        if (!answer.isSuccess()) {
            throw failure(answer);
        }
    }

    private RegistryException failure(Answer answer) {
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

    private HttpResponse<InputStream> exchangeAuthorized(HttpRequest request) throws RegistryException {
        var sent = exchange(authorized(request));
        var status = sent.statusCode();
        if (status == HttpURLConnection.HTTP_UNAUTHORIZED || status == HttpURLConnection.HTTP_FORBIDDEN) {
            var challenge = Challenge.of(sent.headers());
            if (challenge.isPresent()) {
                var answer = authorize(challenge.get());
                if (answer.isPresent() && !answer.get().equals(authorization)) {
                    close(sent);
                    authorization = answer.get();
                    sent = exchange(authorized(request));
                }
            }
        }
        return followRedirects(request, sent);
    }

    /**
     * Follows redirects of reads. Another server, such as a cloud's storage, authorizes by the URL and gets no
     * credentials.
     */
    private HttpResponse<InputStream> followRedirects(HttpRequest request, HttpResponse<InputStream> first)
            throws RegistryException {
        var sent = first;
        var reads = Set.of("GET", "HEAD").contains(request.method());
        for (int redirect = 0;
                reads && redirect < MOST_REDIRECTS && REDIRECTS.contains(sent.statusCode());
                redirect++) {
            var location = location(sent.uri(), sent.headers());
            if (location.isEmpty()) {
                break;
            }
            close(sent);
            var next = HttpRequest.newBuilder(request, (_, _) -> true)
                    .uri(location.get())
                    .build();
            sent = exchange(isSameServer(request.uri(), location.get()) ? authorized(next) : next);
        }
        return sent;
    }

    /** Returns the URL of an answer's Location header. Empty if there is none, or one that is not allowed. */
    Optional<URI> location(URI from, HttpHeaders headers) {
        try {
            return headers.firstValue("Location")
                    .map(from::resolve)
                    .filter(uri -> uri.getHost() != null)
                    .filter(uri -> "https".equals(uri.getScheme()) || (insecure && "http".equals(uri.getScheme())));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Whether two URLs are on the same server, which may get the same credentials. */
    static boolean isSameServer(URI one, URI other) {
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
                        repository.host() + " names no token server with HTTPS: it is not an OCI registry"));
        var request = HttpRequest.newBuilder(address);
        basic().ifPresent(it -> request.setHeader(AUTHORIZATION, it));
        var answer = read(exchange(request.build()), LARGEST_ANSWER);
        check(answer);
        try {
            var json = BoundedJson.MAPPER.readTree(answer.text());
            var token = json.path("token").asText(json.path("access_token").asText());
            if (token.matches("[\\x21-\\x7e]+")) {
                return token;
            }
        } catch (JsonProcessingException e) {
            // Not a token, as below.
        }
        throw RegistryException.invalid(address.getHost() + " gives no token for " + repository);
    }

    /** Sends a request, which may go to the registry, a token server or the target of a redirect. */
    private HttpResponse<InputStream> exchange(HttpRequest request) throws RegistryException {
        try {
            return requests.send(request);
        } catch (IOException e) {
            throw RegistryException.unreachable(repository, e);
        }
    }

    private Answer read(HttpResponse<InputStream> sent, int most) throws RegistryException {
        try {
            return new Answer(sent.statusCode(), sent.headers(), requests.read(sent, most));
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
