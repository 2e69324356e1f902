package dev.hearth.core.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ScopeVolume;
import dev.hearth.api.ScopeVolume.LastUse;
import dev.hearth.api.ScopeVolumeBuilder;
import dev.hearth.api.ScopeVolumeLastUseBuilder;
import dev.hearth.api.SealedGeneration;
import dev.hearth.api.SealedGeneration.State;
import dev.hearth.api.SealedGenerationBuilder;
import dev.hearth.api.SeedBuilder;
import dev.hearth.api.SeedMode;
import dev.hearth.core.buildcache.CacheProblem;
import dev.hearth.core.metrics.VolumeEvents.Event;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which events of a volume are counted, and that each is counted once. */
class VolumeEventsTest {
    private static final DaemonTimings SEEDED = new DaemonTimings(
            Optional.of(new DaemonTimings.Seeding(false, Duration.ofMillis(40))),
            Optional.of(Duration.ofMillis(300)),
            Optional.empty());

    @Test
    void countsTheEndOfARunOnce() {
        var before = volume(SeedMode.Overlay, null);
        var after = volume(SeedMode.Overlay, use("one", "3/5"), generation(1, "one", State.Candidate));

        assertThat(new VolumeEvents(before, after, SEEDED).events())
                .containsExactlyInAnyOrder(
                        new Event.Seeded(SeedMode.Overlay, Duration.ofMillis(40)),
                        new Event.Sealing(Duration.ofMillis(300)),
                        new Event.Built(3, 2));
        // The next reconciliation decides the same from the same pod.
        assertThat(new VolumeEvents(after, after, SEEDED).events()).isEmpty();
    }

    @Test
    void countsAGrantOnceAndSaysWhetherADaemonWaited() {
        var free = volume(SeedMode.Overlay, null).withRun(null);
        var own = free.withRun("one");
        var warm = own.withWarm(new ScopeVolume.Warm("pod", "uid", "2026-01-01T00:00:00Z", null));
        var unfit = own.withWarm(new ScopeVolume.Warm("pod", "uid", "2026-01-01T00:00:00Z", true));

        assertThat(new VolumeEvents(free, warm, SEEDED).events()).containsExactly(new Event.Granted(true));
        for (var after : List.of(own, unfit)) {
            assertThat(new VolumeEvents(free, after, SEEDED).events()).containsExactly(new Event.Granted(false));
        }
        assertThat(new VolumeEvents(null, own, SEEDED).events()).containsExactly(new Event.Granted(false));
        assertThat(new VolumeEvents(warm, own, SEEDED).events()).isEmpty();
        assertThat(new VolumeEvents(own, free, SEEDED).events()).isEmpty();
        assertThat(new VolumeEvents(own, warm.withRun("two"), SEEDED).events())
                .containsExactly(new Event.Granted(true));
    }

    @Test
    void countsAGenerationOnceItsRunHasSucceeded() {
        var candidate = volume(SeedMode.Cold, use("one", null), generation(1, "one", State.Candidate));
        var sealed = volume(SeedMode.Cold, use("one", null), generation(1, "one", State.Sealed));

        assertThat(new VolumeEvents(candidate, sealed, SEEDED).events()).containsExactly(new Event.Sealed(1));
        assertThat(new VolumeEvents(sealed, candidate.withGenerations(List.of()), SEEDED).events())
                .isEmpty();
    }

    @Test
    void countsAnUnusableSeedAsCold() {
        var cold = new DaemonTimings(
                Optional.of(new DaemonTimings.Seeding(true, Duration.ZERO)),
                Optional.empty(),
                Optional.of(CacheProblem.SeedUnusable));

        assertThat(new VolumeEvents(volume(SeedMode.Overlay, null), volume(SeedMode.Overlay, use("one", null)), cold)
                        .events())
                .containsExactlyInAnyOrder(
                        new Event.Seeded(SeedMode.Cold, Duration.ZERO), new Event.Degraded(CacheProblem.SeedUnusable));
        // An import always starts with an empty volume.
        assertThat(new VolumeEvents(volume(SeedMode.Import, null), volume(SeedMode.Import, use("one", null)), cold)
                        .events())
                .contains(new Event.Seeded(SeedMode.Import, Duration.ZERO));
    }

    @Test
    void countsTheSeedOfTheFinishedRun() {
        var after = volume(SeedMode.Cold, use("one", null));

        assertThat(new VolumeEvents(volume(SeedMode.Copy, null), after, SEEDED).events())
                .contains(new Event.Seeded(SeedMode.Copy, Duration.ofMillis(40)));
    }

    @Test
    void ignoresTheSealingTimeOfARunThatSealedNothing() {
        var after = volume(SeedMode.Overlay, use("one", null));

        assertThat(new VolumeEvents(volume(SeedMode.Overlay, null), after, SEEDED).events())
                .noneMatch(Event.Sealing.class::isInstance);
    }

    @Test
    void neverCountsNegativeNumbersOfSteps() {
        var after = volume(SeedMode.Overlay, use("one", "9/-2"));

        assertThat(new VolumeEvents(volume(SeedMode.Overlay, null), after, DaemonTimings.NOTHING).events())
                .containsExactly(new Event.Built(9, 0));
    }

    private static ScopeVolume volume(SeedMode mode, @Nullable LastUse last, SealedGeneration... generations) {
        return ScopeVolumeBuilder.builder()
                .platform("linux/amd64")
                .claim("claim")
                .repeatsCommit(false)
                .run("one")
                .seed(SeedBuilder.builder().mode(mode).message("why").run("one").build())
                .lastUse(last)
                .generations(Stream.of(generations).toList())
                .build();
    }

    private static LastUse use(String run, @Nullable String cached) {
        return ScopeVolumeLastUseBuilder.builder()
                .run(run)
                .at("2026-01-01T00:00:00Z")
                .commit("c0ffee")
                .succeeded(true)
                .used("5Mi")
                .cached(cached)
                .build();
    }

    private static SealedGeneration generation(int number, String run, State state) {
        return SealedGenerationBuilder.builder()
                .number(number)
                .state(state)
                .run(run)
                .commit("c0ffee")
                .added("1Mi")
                .size("1Mi")
                .at("2026-01-01T00:00:00Z")
                .exported(false)
                .buildkit("buildkit")
                .build();
    }
}
