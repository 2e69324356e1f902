package dev.hearth.app;

import dev.hearth.config.HearthConfig;
import dev.hearth.controller.metrics.CacheGauges;
import dev.hearth.controller.preflight.NetworkPreflight;
import dev.hearth.controller.sweep.OrphanSweeper;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;

/** Starts the periodic work of the leader: gauges of caches, the sweep for orphans, and the network preflight. */
@Singleton
class PeriodicWork {
    private static final Duration GAUGES = Duration.ofSeconds(10);

    /** Repeated, because an administrator may change the network plugin. */
    private static final Duration NETWORK = Duration.ofHours(1);

    private final CacheGauges gauges;
    private final OrphanSweeper sweeper;
    private final NetworkPreflight preflight;
    private final LeaderRounds rounds;
    private final HearthConfig config;

    PeriodicWork(
            CacheGauges gauges,
            OrphanSweeper sweeper,
            NetworkPreflight preflight,
            LeaderRounds rounds,
            HearthConfig config) {
        this.gauges = gauges;
        this.sweeper = sweeper;
        this.preflight = preflight;
        this.rounds = rounds;
        this.config = config;
    }

    void started(@Observes StartupEvent event) {
        rounds.every(GAUGES, "updating the gauges of caches", gauges::refresh);
        rounds.every(config.sweep().interval(), "the sweep for orphans", sweeper::removeOrphans);
        rounds.every(NETWORK, "the network preflight", preflight::attempt);
    }
}
