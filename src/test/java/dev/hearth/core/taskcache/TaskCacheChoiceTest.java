package dev.hearth.core.taskcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.OperatingSystem;
import dev.hearth.api.TaskCacheState;
import dev.hearth.api.TaskCacheState.State;
import dev.hearth.api.TaskCacheStateBuilder;
import dev.hearth.api.TaskCacheVolume;
import dev.hearth.api.TaskCacheVolumeBuilder;
import dev.hearth.core.text.Sizes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TaskCacheChoiceTest {
    private static final String KEY = "a".repeat(16);
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @Test
    void prefersTheOwnStateHoweverLarge() {
        var given = choose(volume("own", state("run-1", "100000Mi", State.Sealed)), source("main", "1Mi"));

        assertThat(given.origin()).isEqualTo(new TaskCacheUse.Origin("own", "own", KEY + "/run-1"));
        assertThat(given.words()).isEqualTo("of run run-1");
    }

    @Test
    void doesNotUseOpenOrOutdatedStates() {
        var own = volume("own", state("run-2", "1Mi", State.Open), state("run-1", "1Mi", State.Outdated));

        assertThat(choose(own).origin()).isNull();
        assertThat(choose(own).words()).isEqualTo(TaskCacheChoice.NEVER_FILLED);
    }

    @Test
    void usesNoStateOfACacheWhoseNewestIsRetired() {
        var newest = state("run-2", "1Mi", State.Sealed).withRetiredAt("2026-01-01T00:00:00Z");
        var own = volume("own", newest, state("run-1", "1Mi", State.Sealed));

        assertThat(choose(own).origin()).isNull();
        assertThat(choose(own, source("main", "1Mi")).words()).isEqualTo("of run main-1 of refs/heads/main");
        assertThat(plan(own).use().remove()).isEmpty();
    }

    @Test
    void usesTheFirstSourceThatCanBeCopiedInTime() {
        var own = volume("own");

        assertThat(choose(own, source("release", "1Mi"), source("main", "1Mi")).words())
                .isEqualTo("of run release-1 of refs/heads/release");
        assertThat(choose(own, source("release", "3000Mi"), source("main", "2400Mi"))
                        .words())
                .isEqualTo("of run main-1 of refs/heads/main");
        assertThat(choose(own, source("main", "2401Mi")))
                .returns(null, TaskCacheUse.Given::origin)
                .satisfies(given -> assertThat(given.words())
                        .contains("run main-1 of refs/heads/main", "2401Mi", "60 s", "seedWithin of the CachePolicy"));
        assertThat(choose(own, source("main", null)).words()).contains("was never measured");
    }

    @Test
    void removesOutdatedStatesAFewAtATime() {
        var states = IntStream.range(0, 100)
                .mapToObj(at -> state("run-" + at, "1Mi", at < 2 ? State.Open : State.Outdated))
                .toArray(TaskCacheState[]::new);

        var plan = plan(volume("own", states));

        assertThat(plan.use().remove()).hasSize(64).doesNotContain(KEY + "/run-0", KEY + "/run-1");
        assertThat(plan.known())
                .hasSize(36)
                .contains(KEY + "/run-0")
                .doesNotContainAnyElementsOf(plan.use().remove());
    }

    @Test
    void describesTheOriginOfCaches() {
        var given = choose(volume("own", state("run-1", "1Mi", State.Sealed)));
        var empty = new TaskCacheUse.Given("b", "/b", "w", null, TaskCacheChoice.NEVER_FILLED);

        assertThat(use(given, empty).describe(report(new TaskCacheReport.Restored(120 * 1024, 1234, ""))))
                .isEqualTo("/src: 120Mi of run run-1 in 1.2 s; /b: empty, no run has filled it yet");
        assertThat(use(given).describe(report(new TaskCacheReport.Restored(0, 9, "No space left on device"))))
                .isEqualTo("/src: empty, the cache of run run-1 could not be copied: No space left on device");
        assertThat(use(given).describe(null)).isEqualTo("/src: of run run-1");
    }

    private static TaskCacheUse use(TaskCacheUse.Given... caches) {
        return new TaskCacheUse("claim", "uid", "unit", 1, List.of(caches), List.of());
    }

    private static TaskCacheReport report(TaskCacheReport.Restored restored) {
        return new TaskCacheReport(Map.of(KEY, restored), Map.of(), true, List.of(), Optional.empty());
    }

    private static TaskCacheUse.Given choose(TaskCacheVolume own, TaskCacheChoice.Source... sources) {
        return plan(own, sources).use().caches().getFirst();
    }

    private static TaskCachePlan plan(TaskCacheVolume own, TaskCacheChoice.Source... sources) {
        return new TaskCacheChoice(
                        "own", own, List.of(sources), TaskCacheChoice.NEVER_FILLED, Sizes.copiedWithin(MINUTE), MINUTE)
                .choose("uid", "unit", 1, "work", List.of(new TaskCacheChoice.Request(KEY, "/src")));
    }

    private static TaskCacheChoice.Source source(String branch, @Nullable String size) {
        return new TaskCacheChoice.Source(
                "refs/heads/" + branch, branch, volume(branch, state(branch + "-1", size, State.Sealed)));
    }

    private static TaskCacheVolume volume(String claim, TaskCacheState... states) {
        return TaskCacheVolumeBuilder.builder()
                .os(OperatingSystem.Linux)
                .claim(claim)
                .uid("uid")
                .states(List.of(states))
                .build();
    }

    private static TaskCacheState state(String run, @Nullable String size, State state) {
        return TaskCacheStateBuilder.builder()
                .key(KEY)
                .work(run)
                .state(state)
                .path("/src")
                .run(run)
                .step("unit")
                .attempt(1)
                .size(size)
                .build();
    }
}
