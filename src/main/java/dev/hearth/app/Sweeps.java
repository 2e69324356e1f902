package dev.hearth.app;

import dev.hearth.controller.support.HearthConfig;
import dev.hearth.controller.sweep.Sweeper;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/** Has the leader look for orphans. */
@Singleton
class Sweeps {
    private final Sweeper sweeper;
    private final LeaderRounds rounds;
    private final HearthConfig config;

    Sweeps(Sweeper sweeper, LeaderRounds rounds, HearthConfig config) {
        this.sweeper = sweeper;
        this.rounds = rounds;
        this.config = config;
    }

    void started(@Observes StartupEvent event) {
        rounds.every(config.sweep().interval(), "a sweep", sweeper::sweep);
    }
}
