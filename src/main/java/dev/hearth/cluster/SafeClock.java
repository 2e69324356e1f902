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
 * The clock for deletions by age: the earlier of the operator's clock and the API server's, so that no wrong clock
 * deletes an object too early. It reads the server's time about once a minute and uses the machine's monotonic clock in
 * between.
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

    /**
     * Returns the current time. Throws until the API server has been reached once; before that nothing can be deleted.
     */
    public Instant now() {
        var server = server();
        var own = clock.instant();
        return own.isBefore(server) ? own : server;
    }

    /** Returns how far the operator's clock is ahead of the API server's. Negative if it is behind. */
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

    /** Reads the time from the Date header, which every answer has, even a rejection. It has whole seconds. */
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
                    .orElseThrow(() -> new KubernetesClientException("the API server's answer has no Date header"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KubernetesClientException("interrupted while reading the API server's time", e);
        } catch (ExecutionException | TimeoutException | DateTimeException e) {
            throw new KubernetesClientException("cannot read the API server's time: " + e.getMessage(), e);
        }
    }

    private record Reading(Instant server, long nanos) {}
}
