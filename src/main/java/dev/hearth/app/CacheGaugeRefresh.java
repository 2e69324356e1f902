package dev.hearth.app;

import dev.hearth.controller.metrics.CacheGauges;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;

/** Has the leader show what there is of caches; and shows who leads. */
@Singleton
class CacheGaugeRefresh {
    private static final Duration EVERY = Duration.ofSeconds(10);

    private final CacheGauges gauges;
    private final Leadership leadership;
    private final LeaderRounds rounds;
    private final MeterRegistry registry;

    CacheGaugeRefresh(CacheGauges gauges, Leadership leadership, LeaderRounds rounds, MeterRegistry registry) {
        this.gauges = gauges;
        this.leadership = leadership;
        this.rounds = rounds;
        this.registry = registry;
    }

    void started(@Observes StartupEvent event) {
        registry.gauge("hearth.leading", leadership, it -> it.isLeading() ? 1 : 0);
        rounds.every(EVERY, "a look at the caches for their gauges", gauges::refresh);
    }
}
