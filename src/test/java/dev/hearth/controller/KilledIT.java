package dev.hearth.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.chaos.KillScenario;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The operator is killed at random moments while people push, propose, clear and delete. The operator is the real one, a
 * process; the API server, its garbage collector and what keeps claims from vanishing under pods are real ones too. Pods
 * and volumes are played: what a daemon does with a volume is kept as a model of it. The real ones, and what they do when
 * they are killed themselves, are in GenerationsE2E, SeedE2E, OperatorE2E and VolumeE2E.
 */
@Order(1) // takes long, and needs no node, which starts meanwhile
class KilledIT {
    private static final int KILLS = Integer.getInteger("hearth.kills", 16);
    private static final long SEED = Long.getLong("hearth.seed", System.nanoTime());
    private static final AtomicBoolean TRIED = new AtomicBoolean();

    @Test
    @Timeout(value = 50, unit = TimeUnit.MINUTES) // for many more kills; what hangs has limits of its own
    void nothingIsLostAndNothingLeftWhereverTheOperatorIsKilled() throws Exception {
        assertThat(TRIED.getAndSet(true))
                .as("a second try, in which chance may be kinder")
                .isFalse();
        try (var kills = KillScenario.prepare(SEED)) {
            kills.of(KILLS);
        }
    }
}
