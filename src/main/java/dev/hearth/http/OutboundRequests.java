package dev.hearth.http;

import dev.hearth.budget.Reservation;
import dev.hearth.budget.Response;
import dev.hearth.budget.ResponseTooLarge;
import dev.hearth.destination.Destination;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Sends the requests of one call. It connects only to addresses that pipelines may name, follows no redirects, and counts
 * all answers in the reservation of the call.
 */
public final class OutboundRequests {
    private static final Duration CONNECT = Duration.ofSeconds(10);

    /** Does not use HTTP/2, in which a server may send 16 MiB before they are read. */
    private static final HttpClient CLIENT = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(CONNECT)
            .build();

    private final boolean loopback;
    private final Response response;

    /** Sends with a reservation. {@code loopback} says whether loopback addresses are allowed. */
    public OutboundRequests(boolean loopback, Reservation reservation) {
        this.loopback = loopback;
        this.response = reservation.response();
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
        try {
            return CLIENT.send(request, BodyHandlers.ofInputStream());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the call was interrupted");
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
