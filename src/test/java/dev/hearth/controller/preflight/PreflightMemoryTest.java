package dev.hearth.controller.preflight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hearth.api.Reason;
import dev.hearth.core.isolation.PreflightResult.Result;
import dev.hearth.core.status.StatusReason;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

class PreflightMemoryTest {
    private static final Result POSSIBLE = new Result.Possible();
    private static final Result REFUSED =
            new Result.Impossible(new StatusReason(Reason.CreationRejected, "not admitted"));
    private static final Result FAILED = new Result.Impossible(new StatusReason(Reason.PreflightFailed, "exit code 1"));
    private static final Result DELAYED = new Result.Delayed(new StatusReason(Reason.QuotaExceeded, "no pods"));

    private volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final PreflightMemory<String> memory = new PreflightMemory<>(new Clock() {
        @Override
        public ZoneOffset getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    });

    @Test
    void certainResultIsValidForAnHour() {
        assertThat(find(REFUSED)).isEqualTo(REFUSED);

        now = now.plus(Duration.ofMinutes(59));
        assertThat(memory.lookUp("ci")).contains(REFUSED);
        assertThat(find()).isEqualTo(REFUSED);
        now = now.plus(Duration.ofMinutes(2));
        assertThat(memory.lookUp("ci")).isEmpty();
        assertThat(find(POSSIBLE)).isEqualTo(POSSIBLE);
    }

    @Test
    void uncertainResultReplacesNoCertainOne() {
        assertThat(find(DELAYED)).isEqualTo(DELAYED);
        assertThat(memory.lookUp("ci")).isEmpty();
        assertThat(find(POSSIBLE)).isEqualTo(POSSIBLE);

        now = now.plus(Duration.ofHours(2));
        assertThat(find(DELAYED)).isEqualTo(POSSIBLE);
    }

    @Test
    void repeatsAFailureOnceAndARejectionNever() {
        assertThat(find(FAILED, POSSIBLE)).isEqualTo(POSSIBLE);
        memory.forget("ci"::equals);
        assertThat(find(FAILED, FAILED)).isEqualTo(FAILED);
        memory.forget("ci"::equals);
        assertThat(find(REFUSED)).isEqualTo(REFUSED);
    }

    @Test
    void repeatsAPreflightWhoseResultIsTooOldForTheCaller() {
        assertThat(find(REFUSED)).isEqualTo(REFUSED);

        assertThat(memory.find("ci", now, () -> POSSIBLE)).isEqualTo(POSSIBLE);
        assertThat(memory.lookUp("ci")).contains(POSSIBLE);
    }

    @Test
    void callersThatDoNotWaitGetTheLastResult() {
        find(DELAYED);
        assertThat(memory.recent("ci")).contains(DELAYED);
        now = now.plus(Duration.ofMinutes(6));
        assertThat(memory.recent("ci")).isEmpty();
        assertThat(memory.last("ci")).isEmpty();

        find(REFUSED);
        now = now.plus(Duration.ofHours(2));
        assertThat(memory.recent("ci")).isEmpty();
        assertThat(memory.last("ci")).contains(REFUSED);
        now = now.plus(Duration.ofDays(1));
        memory.find("other", Instant.EPOCH, () -> POSSIBLE);
        assertThat(memory.last("ci")).isEmpty();
    }

    /** Otherwise as many preflights as runs would follow each other, each as long as the first. */
    @Test
    void callersThatWaitedForAPreflightShareItsUncertainResult() throws Exception {
        var started = new CountDownLatch(1);
        var end = new CountDownLatch(1);
        var first = new FutureTask<>(() -> memory.find("ci", Instant.EPOCH, () -> {
            started.countDown();
            awaitUninterruptibly(end);
            now = now.plusSeconds(20);
            return DELAYED;
        }));
        new Thread(first).start();
        started.await();
        var second = new FutureTask<>(() -> memory.find("ci", Instant.EPOCH, () -> POSSIBLE));
        var waiting = new Thread(second);
        waiting.start();
        await().until(() -> waiting.getState() == Thread.State.WAITING);

        end.countDown();

        assertThat(first.get()).isEqualTo(DELAYED);
        assertThat(second.get()).isEqualTo(DELAYED);
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns the result of a call that runs exactly these preflights. */
    private Result find(Result... results) {
        var attempts = new ArrayDeque<>(List.of(results));
        var found = memory.find("ci", Instant.EPOCH, attempts::removeFirst);
        assertThat(attempts).isEmpty();
        return found;
    }
}
