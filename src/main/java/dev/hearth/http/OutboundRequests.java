package dev.hearth.http;

import dev.hearth.authority.AddedAuthorities;
import dev.hearth.budget.Reservation;
import dev.hearth.budget.Response;
import dev.hearth.budget.ResponseTooLarge;
import dev.hearth.destination.Destination;
import dev.hearth.proxy.OutboundProxy;
import dev.hearth.proxy.ProxyRefusal;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;

/**
 * Sends the requests of one call, through the proxy of the process if it has one. It connects only to addresses that pipelines
 * may name, follows no redirects, and counts all answers in the reservation of the call.
 */
public final class OutboundRequests implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(10);

    private static final HttpClient CLIENT = builder().build();

    private final HttpClient client;
    private final boolean loopback;
    private final Response response;

    private OutboundRequests(HttpClient client, boolean loopback, Reservation reservation) {
        this.client = client;
        this.loopback = loopback;
        this.response = reservation.response();
    }

    /**
     * Sends with a reservation, to servers whose certificates are from these authorities or from those of the system.
     *
     * @param loopback whether loopback addresses are allowed
     */
    public static OutboundRequests trusting(AddedAuthorities authorities, boolean loopback, Reservation reservation)
            throws GeneralSecurityException {
        var client = authorities.isEmpty()
                ? CLIENT
                : builder().sslContext(authorities.context()).build();
        return new OutboundRequests(client, loopback, reservation);
    }

    /** Does not use HTTP/2, in which a server may send 16 MiB before they are read. */
    private static HttpClient.Builder builder() {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .proxy(new OfProcess())
                .connectTimeout(CONNECT);
    }

    /**
     * Sends a request. The caller closes the body of the answer.
     *
     * @throws DestinationNotAllowed if the host has an address to which Hearth never connects
     * @throws IOException if there is no answer; {@link NetworkFailure} says why
     */
    public HttpResponse<InputStream> send(HttpRequest request) throws IOException {
        var refusal = Destination.refusal(request.uri().getHost(), loopback);
        if (refusal.isPresent()) {
            throw new DestinationNotAllowed(refusal.get());
        }
        var proxy = OutboundProxy.of(request.uri());
        try {
            var answer = client.send(
                    proxy.flatMap(OutboundProxy::authorization)
                            .map(login -> with(request, login))
                            .orElse(request),
                    BodyHandlers.ofInputStream());
            if (proxy.isPresent() && answer.statusCode() == HttpURLConnection.HTTP_PROXY_AUTH) {
                try (var _ = answer.body()) {
                    throw new ProxyRefusal();
                }
            }
            return answer;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the call was interrupted");
        }
    }

    /** Adds the login for the proxy. Of an https request, the client sends it to the proxy alone. */
    private static HttpRequest with(HttpRequest request, String login) {
        return HttpRequest.newBuilder(request, (_, _) -> true)
                .setHeader("Proxy-Authorization", login)
                .build();
    }

    /** The proxy of the process, which is set after this class may have been loaded. */
    private static final class OfProcess extends ProxySelector {
        @Override
        public List<Proxy> select(URI uri) {
            var selector = ProxySelector.getDefault();
            return selector == null ? List.of(Proxy.NO_PROXY) : selector.select(uri);
        }

        @Override
        public void connectFailed(URI uri, SocketAddress address, IOException failure) {
            // The caller reports the failure.
        }
    }

    /** Ends the connections to servers that only these requests trust. */
    @Override
    public void close() {
        if (!client.equals(CLIENT)) {
            client.shutdownNow();
        }
    }

    /** Reads and closes the body of an answer. Throws {@link ResponseTooLarge} if it has more than {@code most} bytes. */
    public String read(HttpResponse<InputStream> sent, int most) throws IOException {
        try (var body = response.count(sent.body())) {
            var bytes = body.readNBytes(most + 1);
            if (bytes.length > most) {
                throw new ResponseTooLarge("the answer has more than " + most / 1024 + " KiB, the limit");
            }
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }
}
