package dev.hearth.app;

import dev.hearth.config.HearthConfig;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;

/** Produces the only clock. Everything else gets the time from it, so that tests can set the time. */
class ClockProducer {

    @Produces
    @Singleton
    Clock clock(HearthConfig config) {
        return Clock.offset(Clock.systemUTC(), config.clock().offset().orElse(Duration.ZERO));
    }
}
