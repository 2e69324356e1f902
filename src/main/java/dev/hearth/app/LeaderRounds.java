package dev.hearth.app;

import io.quarkus.runtime.ShutdownEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** Runs periodic work on the leader: first when the replica becomes the leader, then again after each pause. */
@Singleton
class LeaderRounds {
    private static final Logger LOG = Logger.getLogger(LeaderRounds.class);

    private final Leadership leadership;
    /** Several threads, so that a sweep of a large cluster or a preflight does not delay the gauges. */
    private final ScheduledExecutorService schedule = Executors.newScheduledThreadPool(
            4, Thread.ofVirtual().name("rounds-", 0).factory());

    LeaderRounds(Leadership leadership) {
        this.leadership = leadership;
    }

    /** @param what the name of the work, for the log line if it fails */
    void every(Duration pause, String what, Runnable work) {
        leadership.whenLeading(() -> {
            var _ = schedule.scheduleWithFixedDelay(
                    () -> round(what, work), 0, pause.toMillis(), TimeUnit.MILLISECONDS);
        });
    }

    void shuttingDown(@Observes ShutdownEvent event) {
        schedule.shutdownNow();
    }

    @SuppressWarnings("IllegalCatch") // the executor never runs work again that threw an exception
    private static void round(String what, Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            LOG.errorf(e, "%s failed", what);
        }
    }
}
