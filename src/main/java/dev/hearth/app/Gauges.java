package dev.hearth.app;

import dev.hearth.controller.support.CacheGauges;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** Has the leader, and nobody else, show what there is of caches; and shows who leads. */
@Singleton
class Gauges {
    private static final Logger LOG = Logger.getLogger(Gauges.class);
    private static final Duration EVERY = Duration.ofSeconds(10);

    private final CacheGauges gauges;
    private final Leadership leadership;
    private final MeterRegistry registry;
    private final ScheduledExecutorService schedule = Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("gauges").factory());

    Gauges(CacheGauges gauges, Leadership leadership, MeterRegistry registry) {
        this.gauges = gauges;
        this.leadership = leadership;
        this.registry = registry;
    }

    void started(@Observes StartupEvent event) {
        registry.gauge("hearth.leading", leadership, it -> it.isLeading() ? 1 : 0);
        leadership.whenLeading(() -> {
            var _ = schedule.scheduleWithFixedDelay(this::refresh, 0, EVERY.toSeconds(), TimeUnit.SECONDS);
        });
    }

    void shuttingDown(@Observes ShutdownEvent event) {
        schedule.shutdownNow();
    }

    @SuppressWarnings("IllegalCatch") // anything thrown would have been the last look
    private void refresh() {
        try {
            gauges.refresh();
        } catch (RuntimeException e) {
            LOG.error("gauges of caches are not up to date", e);
        }
    }
}
