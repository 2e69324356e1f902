package dev.hearth.app;

import dev.hearth.controller.preflight.NetworkPreflight;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;

/**
 * Has the leader try the network when it begins to lead and every hour, because an administrator may have changed the
 * network plugin.
 */
@Singleton
class NetworkPreflightRounds {
    private static final Duration EVERY = Duration.ofHours(1);

    private final NetworkPreflight trial;
    private final LeaderRounds rounds;

    NetworkPreflightRounds(NetworkPreflight trial, LeaderRounds rounds) {
        this.trial = trial;
        this.rounds = rounds;
    }

    void started(@Observes StartupEvent event) {
        rounds.every(EVERY, "a trial of the network", trial::attempt);
    }
}
