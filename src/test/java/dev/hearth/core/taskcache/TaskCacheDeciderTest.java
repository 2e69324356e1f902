package dev.hearth.core.taskcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.OperatingSystem;
import dev.hearth.api.StepStatus;
import dev.hearth.api.TaskCacheState;
import dev.hearth.api.TaskCacheState.State;
import dev.hearth.api.TaskCacheVolume;
import dev.hearth.core.taskcache.TaskCacheFacts.CachingPod;
import dev.hearth.core.text.Sizes;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TaskCacheDeciderTest {
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final String KEY = "a".repeat(16);
    private static final String CLAIM = "hearth-main-task-caches-linux";
    private static final long SIZE = 20L << 20;

    private final List<CachingPod> pods = new ArrayList<>();
    private final Map<String, TaskCacheFacts.Steps> runs = new HashMap<>();
    private TaskCacheVolume volume = TaskCacheVolume.unused(OperatingSystem.Linux, CLAIM);
    private Instant now = NOW;
    private String uid = "uid";
    private long artifacts;

    @Test
    void sealsAStateOnceItsStepHasSucceeded() {
        begins("run-1", 1, null);
        assertThat(decided()).extracting(TaskCacheState::state).containsExactly(State.Open);
        assertThat(volume.users()).containsExactly("run-1");

        ends("run-1", "Running", 100, true);
        assertThat(decided()).extracting(TaskCacheState::state).containsExactly(State.Open);

        steps("run-1", "Succeeded", 1);
        assertThat(decided()).singleElement().satisfies(state -> {
            assertThat(state.state()).isEqualTo(State.Sealed);
            assertThat(state.commit()).isEqualTo("c0ffee");
            assertThat(state.size()).isEqualTo("1Mi");
        });
        assertThat(volume.users()).isEmpty();
        assertThat(volume.used()).isEqualTo("1Mi");
    }

    @Test
    void statesOfFailedDeletedOrRetriedStepsAreOutdated() {
        for (var end : List.of("Failed", "Cancelled")) {
            begins("run-" + end, 1, null);
            ends("run-" + end, end, 100, true);
        }
        begins("retried", 1, null);
        ends("retried", "Failed", 100, true);
        steps("retried", "Succeeded", 2);
        begins("deleted", 1, null);
        runs.remove("deleted");
        pods.removeLast();
        decided();

        assertThat(decided()).extracting(TaskCacheState::state).containsOnly(State.Outdated);
    }

    @Test
    void stepDecidesAboutTheStateOfADeletedPod() {
        begins("run-1", 1, null);
        decided();
        pods.clear();
        assertThat(decided()).extracting(TaskCacheState::state).containsExactly(State.Open);

        steps("run-1", "Succeeded", 1);

        assertThat(decided()).extracting(TaskCacheState::state).containsExactly(State.Sealed);
    }

    @Test
    void supersededStateIsOutdatedOnceNoPodReadsIt() {
        sealed("run-1");
        var first = decided().getFirst();
        sealed("run-2");
        reads("pull", first.folder());

        assertThat(decided()).extracting(TaskCacheState::state).containsExactly(State.Sealed, State.Sealed);
        assertThat(volume.users()).containsExactly("pull");
        later(Duration.ofMinutes(10));
        assertThat(decided()).extracting(TaskCacheState::state).containsExactly(State.Sealed, State.Sealed);
        pods.removeLast();
        assertThat(decided()).extracting(TaskCacheState::state).containsExactly(State.Sealed, State.Outdated);
    }

    @Test
    void supersededStateIsRetainedForTheGracePeriod() {
        sealed("run-1");
        decided();
        sealed("run-2");

        assertThat(decided()).extracting(TaskCacheState::state).containsExactly(State.Sealed, State.Sealed);
        assertThat(volume.states().getLast().retiredAt()).isEqualTo(now.toString());
        assertThat(TaskCacheDecider.nextCheck(volume, now)).contains(TaskCacheRetention.GRACE);
        later(TaskCacheRetention.GRACE);
        assertThat(decided()).extracting(TaskCacheState::state).containsExactly(State.Sealed, State.Outdated);
        assertThat(TaskCacheDecider.nextCheck(volume, now)).isEmpty();
    }

    @Test
    void supersededStateThatNoPodCouldHaveChosenNeedsNoGracePeriod() {
        sealed("run-1");
        sealed("run-2");

        assertThat(decided()).extracting(TaskCacheState::state).containsExactly(State.Sealed, State.Outdated);
    }

    @Test
    void stateForWhichArtifactsLeaveNoSpaceIsRetiredBeforeItIsOutdated() {
        sealed("run-1");
        var first = decided().getFirst();
        artifacts = SIZE;
        sealed("run-2", "b".repeat(16), 100);
        reads("pull", first.folder());

        assertThat(retired(KEY)).isEqualTo(State.Sealed);
        later(TaskCacheRetention.GRACE);
        assertThat(retired(KEY)).isEqualTo(State.Sealed);
        pods.removeLast();
        assertThat(state(KEY)).isEqualTo(State.Outdated);
    }

    @Test
    void stateIsOfferedAgainIfArtifactsLeaveSpaceInTime() {
        sealed("run-1");
        decided();
        artifacts = SIZE;
        sealed("run-2", "b".repeat(16), 100);
        assertThat(retired(KEY)).isEqualTo(State.Sealed);
        artifacts = 0;
        sealed("run-3", "b".repeat(16), 100);

        assertThat(state(KEY)).isEqualTo(State.Sealed);
        assertThat(volume.states()).filteredOn(state -> state.key().equals(KEY)).allMatch(it -> it.retiredAt() == null);
    }

    @Test
    void forgetsAStateThatAPodHasRemoved() {
        sealed("run-1");
        decided();
        sealed("run-2");
        decided();
        later(Duration.ofMinutes(10));
        var old = decided().getLast();
        assertThat(old.state()).isEqualTo(State.Outdated);

        begins("run-3", 1, null, old.folder());
        ends("run-3", "Succeeded", 100, true);

        // Although the pod that wrote it still exists.
        assertThat(decided()).extracting(TaskCacheState::folder).doesNotContain(old.folder());
        assertThat(decided()).extracting(TaskCacheState::folder).doesNotContain(old.folder());
    }

    @Test
    void unrecordedStatesThatAPodFindsAreOutdated() {
        begins("run-1", 1, null);
        ends("run-1", "Succeeded", 100, true, KEY + "/" + "f".repeat(16));

        assertThat(decided())
                .filteredOn(state -> state.work().startsWith("f"))
                .extracting(TaskCacheState::state)
                .containsExactly(State.Outdated);
    }

    @Test
    void forgetsTheStatesOfAReplacedClaim() {
        sealed("run-1");
        assertThat(decided()).hasSize(1);

        uid = "other";
        assertThat(decided()).isEmpty();
        assertThat(volume.uid()).isEqualTo("other");
    }

    @Test
    void cacheThatNoRecentRunUsedIsOutdated() {
        sealed("run-0");
        for (int run = 1; run < TaskCacheDecider.RUNS; run++) {
            begins("run-" + run, "b".repeat(16), 1, null);
        }
        assertThat(state(KEY)).isEqualTo(State.Sealed);

        begins("last", "b".repeat(16), 1, null);
        assertThat(retired(KEY)).isEqualTo(State.Sealed);
        later(TaskCacheRetention.GRACE);
        assertThat(state(KEY)).isEqualTo(State.Outdated);
    }

    @Test
    void retainsAStateThatRunsReadAndDoNotReplace() {
        sealed("run-0");
        var first = decided().getFirst();
        for (int run = 1; run <= 2 * TaskCacheDecider.RUNS; run++) {
            begins("run-" + run, 1, first.folder());
            ends("run-" + run, "Failed", 100, true);
            decided();
        }

        assertThat(decided())
                .filteredOn(state -> state.state() == State.Sealed)
                .extracting(TaskCacheState::folder)
                .containsExactly(first.folder());
    }

    @Test
    void leavesHalfOfTheVolumeForCopies() {
        sealed("old", "b".repeat(16), SIZE / 4 + 1024);
        sealed("new", "c".repeat(16), SIZE / 4);

        assertThat(decided()).extracting(TaskCacheState::state).containsExactly(State.Sealed, State.Outdated);
    }

    @ParameterizedTest
    @CsvSource({
        "0, Sealed", // half of the volume
        "1048576, Sealed", // what is left has room for the states and their copies
        "1050624, Outdated",
        "20971520, Outdated", // all of the volume
        "1125899906842624, Outdated" // nonsense
    })
    void leavesTheSpaceOfArtifacts(long kib, State expected) {
        artifacts = kib;
        sealed("old", "b".repeat(16), SIZE / 4 - (1 << 19));
        sealed("new", "c".repeat(16), SIZE / 4);

        assertThat(state("b".repeat(16))).isEqualTo(expected);
        assertThat(Sizes.kib(Objects.requireNonNull(volume.artifacts()))).isEqualTo(kib);
    }

    @Test
    void remembersWhatArtifactsHaveWhereLaterPodsDoNotMeasure() {
        artifacts = SIZE;
        sealed("run-1");
        decided();
        pods.clear();
        begins("run-2", 1, null);

        assertThat(decided()).isNotEmpty();
        assertThat(volume.artifacts()).isEqualTo("20480Mi");
    }

    @Test
    void limitsTheNumberOfStates() {
        for (int run = 0; run < 1200; run++) {
            sealed("run-" + run, String.format(java.util.Locale.ROOT, "%016x", run), 1);
        }
        later(Duration.ofHours(1));

        assertThat(decided()).hasSizeLessThanOrEqualTo(512);
        assertThat(decided().stream().filter(state -> state.state() == State.Sealed))
                .hasSizeLessThanOrEqualTo(256);
    }

    private State state(String key) {
        return newest(key).state();
    }

    /** Returns the state of a cache that no pod starts from any more. */
    private State retired(String key) {
        var newest = newest(key);
        assertThat(newest.retiredAt()).isNotNull();
        return newest.state();
    }

    private TaskCacheState newest(String key) {
        return decided().stream()
                .filter(state -> state.key().equals(key))
                .findFirst()
                .orElseThrow();
    }

    private List<TaskCacheState> decided() {
        volume = new TaskCacheDecider(new TaskCacheFacts(volume, Optional.of(uid), pods, runs, SIZE, now)).decide();
        return volume.states();
    }

    private void sealed(String run) {
        sealed(run, KEY, 100);
    }

    private void sealed(String run, String key, long kib) {
        begins(run, key, 1, null);
        ends(run, "Succeeded", kib, true);
    }

    private void begins(String run, int attempt, @org.jspecify.annotations.Nullable String from, String... remove) {
        begins(run, KEY, attempt, from, remove);
    }

    private void begins(
            String run, String key, int attempt, @org.jspecify.annotations.Nullable String from, String... remove) {
        later(Duration.ofSeconds(1));
        var origin = from == null ? null : new TaskCacheUse.Origin("main", CLAIM, from);
        var given = new TaskCacheUse.Given(
                key, "/src", String.format(java.util.Locale.ROOT, "%016x", (run + attempt).hashCode()), origin, "");
        var use = new TaskCacheUse(CLAIM, uid, "unit", attempt, List.of(given), List.of(remove));
        pods.add(new CachingPod(run, use, now, Optional.empty(), Optional.empty()));
        steps(run, "Running", attempt);
    }

    private void reads(String run, String folder) {
        var origin = new TaskCacheUse.Origin("main", CLAIM, folder);
        var given = new TaskCacheUse.Given(KEY, "/src", "e".repeat(16), origin, "");
        var use = new TaskCacheUse("hearth-pull", "theirs", "unit", 1, List.of(given), List.of());
        pods.add(new CachingPod(run, use, now, Optional.empty(), Optional.empty()));
    }

    private void ends(String run, String state, long kib, boolean removed, String... found) {
        later(Duration.ofSeconds(1));
        var pod = pods.removeLast();
        var key = pod.use().caches().getFirst().key();
        var report = new TaskCacheReport(
                Map.of(),
                Map.of(key, kib),
                removed,
                List.of(found),
                Optional.of(new TaskCacheReport.Usage(kib + artifacts, artifacts, 2 * SIZE, SIZE)));
        pods.add(new CachingPod(run, pod.use(), pod.created(), Optional.of(now), Optional.of(report)));
        steps(run, state, pod.use().attempt());
    }

    private void steps(String run, String state, int attempt) {
        var status = Serialization.unmarshal(
                "name: unit\nstate: %s\nattempts: %d\n".formatted(state, attempt), StepStatus.class);
        runs.put(run, new TaskCacheFacts.Steps("c0ffee", status.state().isFinal(), Map.of("unit", status)));
    }

    private void later(Duration time) {
        now = now.plus(time);
    }
}
