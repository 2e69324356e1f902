package dev.hearth.app;

import dev.hearth.controller.support.HearthConfig;
import dev.hearth.controller.sweep.Sweeper;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** Has the leader look for orphans, when it begins to lead and now and then after it. */
@Singleton
class Sweeps {
    private static final Logger LOG = Logger.getLogger(Sweeps.class);

    private final Sweeper sweeper;
    private final Leadership leadership;
    private final HearthConfig config;
    private final ScheduledExecutorService schedule = Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("sweeps").factory());

    Sweeps(Sweeper sweeper, Leadership leadership, HearthConfig config) {
        this.sweeper = sweeper;
        this.leadership = leadership;
        this.config = config;
    }

    void started(@Observes StartupEvent event) {
        leadership.whenLeading(() -> {
            var every = config.sweep().interval().toMillis();
            var _ = schedule.scheduleWithFixedDelay(this::sweep, 0, every, TimeUnit.MILLISECONDS);
        });
    }

    void shuttingDown(@Observes ShutdownEvent event) {
        schedule.shutdownNow();
    }

    @SuppressWarnings("IllegalCatch") // anything thrown would have been the last sweep
    private void sweep() {
        try {
            sweeper.sweep();
        } catch (RuntimeException e) {
            LOG.error("a sweep failed", e);
        }
    }
}
