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
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Simulates a volume with random events: pods start, end, are killed or deleted, and the operator observes them at random
 * times, and new ones late. Pods report any sizes. No state that a pod writes or reads is removed, no pod reads a state of a
 * failed step, and no state is forgotten.
 */
class TaskCacheSimulationTest {

    @Property(tries = 100)
    void removesNoStateInUseAndUsesOnlyStatesOfSucceededSteps(@ForAll long seed) {
        new Simulation(new Random(seed)).run();
    }

    private static final class Simulation {
        private static final long SIZE = 10 << 10;

        private final Random random;
        private final List<CachingPod> pods = new ArrayList<>();
        /** When the operator first observes the pod of each run, unless it ends before. */
        private final Map<String, Instant> seen = new HashMap<>();

        private final Map<String, TaskCacheFacts.Steps> runs = new HashMap<>();
        /** The states that are on the volume. */
        private final Set<String> disk = new HashSet<>();

        /** The states of succeeded steps. */
        private final Set<String> succeeded = new HashSet<>();

        private TaskCacheVolume volume = TaskCacheVolume.unused(OperatingSystem.Linux, "claim");
        private Instant now = Instant.parse("2026-01-01T00:00:00Z");
        private int count;

        Simulation(Random random) {
            this.random = random;
        }

        void run() {
            observe();
            for (int step = 0; step < 60; step++) {
                now = now.plusSeconds(random.nextInt(200));
                switch (random.nextInt(6)) {
                    case 0, 1 -> begin();
                    case 2, 3 -> end();
                    case 4 -> delete();
                    default -> observe();
                }
            }
            cleanUp();
        }

        private void observe() {
            var observed = pods.stream().filter(this::isSeen).toList();
            volume = new TaskCacheDecider(new TaskCacheFacts(volume, Optional.of("uid"), observed, runs, SIZE, now))
                    .decide();
            for (TaskCacheState state : volume.states()) {
                if (state.state() == State.Sealed) {
                    assertThat(succeeded).contains(state.folder());
                }
                if (state.state() == State.Outdated) {
                    assertThat(inUse()).doesNotContain(state.folder());
                }
            }
        }

        private boolean isSeen(CachingPod pod) {
            return !now.isBefore(Objects.requireNonNull(seen.get(pod.run())));
        }

        private void begin() {
            observe();
            var run = "run-" + count++;
            var key = String.format(Locale.ROOT, "%016x", random.nextInt(3));
            var plan = new TaskCacheChoice(
                            "own", volume, List.of(), TaskCacheChoice.NEVER_FILLED, 0, Duration.ofMinutes(1))
                    .choose(
                            "uid",
                            "unit",
                            1,
                            String.format(Locale.ROOT, "%016x", count),
                            List.of(new TaskCacheChoice.Request(key, "/src")));
            var origin = plan.use().caches().getFirst().origin();
            if (origin != null) {
                assertThat(disk).contains(origin.folder());
            }
            disk.add(plan.use().caches().getFirst().folder());
            runs.put(run, steps("Running"));
            pods.add(new CachingPod(run, plan.use(), now, Optional.empty(), Optional.empty()));
            seen.put(run, now.plusSeconds(random.nextLong(TaskCacheRetention.GRACE.toSeconds())));
            if (random.nextInt(5) > 0) {
                observe(); // otherwise the event of the new pod is late
            }
        }

        private void end() {
            var live = pods.stream().filter(pod -> pod.ended().isEmpty()).toList();
            if (live.isEmpty()) {
                return;
            }
            var pod = live.get(random.nextInt(live.size()));
            seen.put(pod.run(), now);
            observe(); // a watch shows a pod before its end
            pods.set(pods.indexOf(pod), ended(pod));
            settle(pod.run(), folder(pod), random.nextInt(3) > 0);
        }

        /** The pod's sidecar may be killed before it reports. */
        private CachingPod ended(CachingPod pod) {
            var killed = random.nextInt(4) == 0;
            var known = new HashSet<>(known(pod));
            var found = disk.stream().filter(folder -> !known.contains(folder)).toList();
            if (!killed) {
                assertThat(pod.use().remove()).doesNotContainAnyElementsOf(inUse());
                pod.use().remove().forEach(disk::remove);
            }
            var report = new TaskCacheReport(
                    Map.of(),
                    Map.of(pod.use().caches().getFirst().key(), (long) random.nextInt(100)),
                    true,
                    found,
                    random.nextBoolean() ? Optional.empty() : Optional.of(usage()));
            return new CachingPod(
                    pod.run(),
                    pod.use(),
                    pod.created(),
                    Optional.of(now),
                    killed ? Optional.empty() : Optional.of(report));
        }

        /** Artifacts leave more or less space, and some pods report nonsense. */
        private TaskCacheReport.Usage usage() {
            var artifacts = random.nextInt(4) == 0 ? Sizes.MOST : random.nextLong(SIZE);
            return new TaskCacheReport.Usage(artifacts, artifacts, random.nextLong(2 * SIZE), 0);
        }

        private static String folder(CachingPod pod) {
            return pod.use().caches().getFirst().folder();
        }

        private List<String> known(CachingPod pod) {
            var known = new ArrayList<>(pod.use().remove());
            known.add(folder(pod));
            // A container begins later than its pod is observed.
            pods.stream().filter(other -> !isSeen(other)).forEach(other -> known.add(folder(other)));
            volume.states().forEach(state -> known.add(state.folder()));
            return known;
        }

        private void delete() {
            if (!pods.isEmpty()) {
                var pod = pods.remove(random.nextInt(pods.size()));
                if (pod.ended().isEmpty()) {
                    settle(pod.run(), folder(pod), false);
                }
                if (random.nextBoolean()) {
                    runs.remove(pod.run());
                }
            }
        }

        private void settle(String run, String folder, boolean success) {
            runs.put(run, steps(success ? "Succeeded" : "Failed"));
            if (success) {
                succeeded.add(folder);
            }
        }

        private Set<String> inUse() {
            var used = new HashSet<String>();
            pods.stream().filter(pod -> pod.ended().isEmpty()).forEach(pod -> {
                used.addAll(pod.use().reads("claim"));
                used.add(folder(pod));
            });
            return used;
        }

        /** Runs one pod after the other. In the end all states on the volume are recorded. */
        private void cleanUp() {
            while (pods.stream().anyMatch(pod -> pod.ended().isEmpty())) {
                end();
            }
            for (int round = 0; round < 40; round++) {
                now = now.plusSeconds(1000);
                begin();
                while (pods.stream().anyMatch(pod -> pod.ended().isEmpty())) {
                    now = now.plusSeconds(1);
                    end();
                }
                observe();
            }
            var known = volume.states().stream().map(TaskCacheState::folder).toList();
            assertThat(known).containsAll(disk);
        }

        private static TaskCacheFacts.Steps steps(String state) {
            var status = Serialization.unmarshal("name: unit\nstate: " + state + "\n", StepStatus.class);
            return new TaskCacheFacts.Steps("c0ffee", status.state().isFinal(), Map.of("unit", status));
        }
    }
}
