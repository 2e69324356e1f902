package dev.hearth.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.Config;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LeadershipTest {
    /** The client waits for an answer, and five seconds more for a connection. */
    private static final Duration HANGING_REQUEST =
            Duration.ofMillis(Config.DEFAULT_REQUEST_TIMEOUT).plusSeconds(5);

    /** Pauses of the client between tries of a request that is refused. */
    private static final Duration REFUSED_REQUEST = IntStream.range(0, Config.DEFAULT_REQUEST_RETRY_BACKOFFLIMIT)
            .mapToObj(tried -> Duration.ofMillis(Config.DEFAULT_REQUEST_RETRY_BACKOFFINTERVAL)
                    .multipliedBy(1L << Math.min(tried, 5)))
            .reduce(Duration.ZERO, Duration::plus);

    @Test
    void renewalsMayFailForAMinute() {
        var outage = Duration.ofMinutes(1);

        assertThat(Leadership.RENEW_DEADLINE)
                .isGreaterThan(outage.plus(Leadership.RETRY_PERIOD).plus(HANGING_REQUEST))
                .isGreaterThan(outage.plus(Leadership.RETRY_PERIOD).plus(REFUSED_REQUEST));
    }

    @Test
    void leaderNoticesThatItIsOneNoMoreBeforeAnotherBegins() {
        var margin = Leadership.LEASE_DURATION.minus(Leadership.RENEW_DEADLINE);

        assertThat(margin).isGreaterThan(HANGING_REQUEST).isGreaterThan(REFUSED_REQUEST);
    }

    @Test
    void periodicWorkRuns() {
        var leadership = new Leadership();
        var rounds = new AtomicInteger();

        leadership.run(rounds::incrementAndGet);
        leadership.run(rounds::incrementAndGet);

        assertThat(rounds).hasValue(2);
    }
}
