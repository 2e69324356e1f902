package dev.hearth.app;

import dev.hearth.config.HearthConfig;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;

/** The one clock, so that no decision reads the time by itself. */
class ClockProducer {

    @Produces
    @Singleton
    Clock clock(HearthConfig config) {
        return Clock.offset(Clock.systemUTC(), config.clock().offset().orElse(Duration.ZERO));
    }
}
