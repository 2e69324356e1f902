package dev.hearth.core.taskcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.OperatingSystem;
import dev.hearth.api.StepStatus;
import dev.hearth.api.TaskCacheState;
import dev.hearth.api.TaskCacheState.State;
import dev.hearth.api.TaskCacheVolume;
import dev.hearth.core.taskcache.TaskCacheFacts.DirectoryPod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Plays a volume at random: pods come, end, are killed or deleted, and the operator looks now and then. What a pod writes or
 * reads is never removed, only what a successful step left is ever started from, and nothing is forgotten on the volume.
 */
class TaskCacheSimulationTest {

    @Property(tries = 100)
    void nothingInUseGoesAndNothingBadIsUsed(@ForAll long seed) {
        new Play(new Random(seed)).run();
    }

    private static final class Play {
        private final Random random;
        private final List<DirectoryPod> pods = new ArrayList<>();
        private final Map<String, TaskCacheFacts.Steps> runs = new HashMap<>();
        /** What really is on the volume, and what of it is good. */
        private final Set<String> disk = new HashSet<>();

        private final Set<String> good = new HashSet<>();
        private TaskCacheVolume volume = TaskCacheVolume.unused(OperatingSystem.Linux, "claim");
        private Instant now = Instant.parse("2026-01-01T00:00:00Z");
        private int count;

        Play(Random random) {
            this.random = random;
        }

        void run() {
            look();
            for (int step = 0; step < 60; step++) {
                now = now.plusSeconds(random.nextInt(200));
                switch (random.nextInt(6)) {
                    case 0, 1 -> begin();
                    case 2, 3 -> end();
                    case 4 -> delete();
                    default -> look();
                }
            }
            comeToRest();
        }

        private void look() {
            volume = new TaskCacheDecider(new TaskCacheFacts(volume, Optional.of("uid"), pods, runs, 1 << 20, now))
                    .decide();
            for (TaskCacheState state : volume.states()) {
                if (state.state() == State.Sealed) {
                    assertThat(good).contains(state.folder());
                }
                if (state.state() == State.Outdated) {
                    assertThat(inUse()).doesNotContain(state.folder());
                }
            }
        }

        private void begin() {
            look();
            var run = "run-" + count++;
            var key = String.format(Locale.ROOT, "%016x", random.nextInt(3));
            var plan = new TaskCacheChoice("own", volume, List.of(), TaskCacheChoice.NEW, 0, Duration.ofMinutes(1))
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
            pods.add(new DirectoryPod(run, plan.use(), now, Optional.empty(), Optional.empty()));
            if (random.nextInt(5) > 0) {
                look(); // else its event is late
            }
        }

        private void end() {
            var live = pods.stream().filter(pod -> pod.ended().isEmpty()).toList();
            if (live.isEmpty()) {
                return;
            }
            var pod = live.get(random.nextInt(live.size()));
            look(); // a watch shows a pod before its end
            pods.set(pods.indexOf(pod), ended(pod));
            settle(pod.run(), pod.use().caches().getFirst().folder(), random.nextInt(3) > 0);
        }

        /** Its sidecar may have been killed before it could say anything. */
        private DirectoryPod ended(DirectoryPod pod) {
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
                    Optional.empty());
            return new DirectoryPod(
                    pod.run(),
                    pod.use(),
                    pod.created(),
                    Optional.of(now),
                    killed ? Optional.empty() : Optional.of(report));
        }

        private List<String> known(DirectoryPod pod) {
            var known = new ArrayList<>(pod.use().remove());
            known.add(pod.use().caches().getFirst().folder());
            volume.states().forEach(state -> known.add(state.folder()));
            return known;
        }

        private void delete() {
            if (!pods.isEmpty()) {
                var pod = pods.remove(random.nextInt(pods.size()));
                if (pod.ended().isEmpty()) {
                    settle(pod.run(), pod.use().caches().getFirst().folder(), false);
                }
                if (random.nextBoolean()) {
                    runs.remove(pod.run());
                }
            }
        }

        private void settle(String run, String folder, boolean succeeded) {
            runs.put(run, steps(succeeded ? "Succeeded" : "Failed"));
            if (succeeded) {
                good.add(folder);
            }
        }

        private Set<String> inUse() {
            var used = new HashSet<String>();
            pods.stream().filter(pod -> pod.ended().isEmpty()).forEach(pod -> {
                used.addAll(pod.use().reads("claim"));
                used.add(pod.use().caches().getFirst().folder());
            });
            return used;
        }

        /** Once nobody does anything any more, some pods tidy up: at most the newest of each key is left, and their own. */
        private void comeToRest() {
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
                look();
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
