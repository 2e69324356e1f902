package dev.hearth.app;

import dev.hearth.config.HearthConfig;
import dev.hearth.controller.sweep.OrphanSweeper;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/** Has the leader look for orphans. */
@Singleton
class OrphanSweeps {
    private final OrphanSweeper sweeper;
    private final LeaderRounds rounds;
    private final HearthConfig config;

    OrphanSweeps(OrphanSweeper sweeper, LeaderRounds rounds, HearthConfig config) {
        this.sweeper = sweeper;
        this.rounds = rounds;
        this.config = config;
    }

    void started(@Observes StartupEvent event) {
        rounds.every(config.sweep().interval(), "a sweep", sweeper::removeOrphans);
    }
}
