package dev.hearth.cluster;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The time by which things are old enough to be deleted: the earlier of the operator's clock and the API server's, so that
 * one of them that is wrong deletes nothing early. The server is asked about once a minute; in between time passes as the
 * machine counts it, whatever is done to its clock.
 */
@ApplicationScoped
public class SafeClock {
    private static final long FRESH = TimeUnit.MINUTES.toNanos(1);
    private static final int SECONDS = 10;

    private final KubernetesClient client;
    private final Clock clock;
    private @Nullable Reading last;

    public SafeClock(KubernetesClient client, Clock clock) {
        this.client = client;
        this.clock = clock;
    }

    /** Throws while the API server has never been reached: then nothing could be deleted anyway. */
    public Instant now() {
        var server = server();
        var own = clock.instant();
        return own.isBefore(server) ? own : server;
    }

    /** How far the operator's clock is ahead of the API server's; negative if it is behind. */
    public Duration ahead() {
        return Duration.between(server(), clock.instant());
    }

    private synchronized Instant server() {
        var reading = last;
        if (reading == null || System.nanoTime() - reading.nanos() > FRESH) {
            try {
                reading = read();
            } catch (KubernetesClientException e) {
                if (reading == null) {
                    throw e;
                }
            }
            last = reading;
        }
        return reading.server().plusNanos(System.nanoTime() - reading.nanos());
    }

    /** Any answer will do, also a refusal: each says when it was given, in whole seconds. */
    private Reading read() {
        var http = client.getHttpClient();
        try {
            var answer = http.sendAsync(
                            http.newHttpRequestBuilder()
                                    .uri(client.getMasterUrl() + "version")
                                    .build(),
                            String.class)
                    .get(SECONDS, TimeUnit.SECONDS);
            return Optional.ofNullable(answer.header("Date"))
                    .map(date -> new Reading(
                            ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME)
                                    .toInstant(),
                            System.nanoTime()))
                    .orElseThrow(() -> new KubernetesClientException("the API server's answers have no Date"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KubernetesClientException("interrupted while asking for the time", e);
        } catch (ExecutionException | TimeoutException | DateTimeException e) {
            throw new KubernetesClientException("the API server does not say its time: " + e.getMessage(), e);
        }
    }

    private record Reading(Instant server, long nanos) {}
}
