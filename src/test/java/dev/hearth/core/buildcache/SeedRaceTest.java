package dev.hearth.core.buildcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeSpecBuilder;
import dev.hearth.api.CacheScopeStatusBuilder;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.SealedGeneration;
import dev.hearth.api.SealedGeneration.State;
import dev.hearth.api.Seed;
import dev.hearth.api.SeedMode;
import dev.hearth.api.Trust;
import dev.hearth.core.buildcache.GenerationLifecycle.RunResult;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/**
 * Main's scope deletes generations while scopes of pull requests choose them. Each decides from what the watch shows, and does
 * not see what the others decide meanwhile.
 */
class SeedRaceTest {
    private static final String MAIN = "main";
    private static final List<String> SCOPES = List.of(MAIN, "one", "two");

    /** The pull request has chosen the generation that the rollback leaves, and its pod would read what main's pod sweeps. */
    @Test
    void aPullRequestChoosesAnewIfMainGoesBackMeanwhile() {
        var cluster = aboutToGoBack();

        cluster.decide(MAIN);
        cluster.decide("one");
        cluster.write(MAIN);
        cluster.write("one");
        assertThat(cluster.seed("one").generation()).isEqualTo(2);
        assertThat(cluster.states()).containsExactly(Map.entry(1, State.Sealed), Map.entry(2, State.Leaving));
        cluster.pod(MAIN);
        cluster.pod("one");
        assertThat(cluster.pods).as("pods that do not wait").isEmpty();
        cluster.rest("one");
        cluster.rest(MAIN);

        assertThat(cluster.seed("one").generation()).isEqualTo(1);
        assertThat(cluster.states()).containsExactly(Map.entry(1, State.Sealed));
    }

    /** Main has two generations and goes back to the first one, while a pull request starts. Nobody has decided anything yet. */
    private static Cluster aboutToGoBack() {
        var cluster = new Cluster(2);
        cluster.build(MAIN, 2);
        cluster.rollbackTo = Optional.of(1);
        cluster.push(MAIN);
        cluster.push("one");
        return cluster;
    }

    @Test
    void aGenerationStaysForAPullRequestThatHasRecordedItBefore() {
        var cluster = aboutToGoBack();

        cluster.decide(MAIN);
        cluster.rest("one");
        cluster.write(MAIN);
        cluster.rest(MAIN);

        assertThat(cluster.seed("one").generation()).isEqualTo(2);
        assertThat(cluster.states()).containsExactly(Map.entry(1, State.Sealed), Map.entry(2, State.RolledBack));
    }

    @Property(tries = 500)
    void nothingIsSweptThatAVolumeStandsOn(
            @ForAll @IntRange(min = 1, max = 2) int generations,
            @ForAll @Size(min = 100, max = 200) List<@IntRange(max = 8 * 3 * 4 - 1) Integer> steps) {
        var cluster = new Cluster(generations);
        cluster.build(MAIN, generations);
        for (int step : steps) {
            var scope = SCOPES.get(step / 8 % 3);
            var chance = step / 24;
            switch (step % 8) {
                case 0 -> cluster.watch(1 + chance);
                case 1, 2 -> cluster.decide(scope);
                case 3, 4 -> cluster.write(scope);
                case 5 -> cluster.push(scope);
                case 6 -> cluster.pod(scope);
                default -> cluster.disturb(scope, chance);
            }
        }
        cluster.kill();
        SCOPES.forEach(cluster::rest);
        SCOPES.forEach(cluster::rest);

        assertThat(cluster.stored().values()).noneMatch(ScopeVolume::dependsOnOthers);
    }

    /** Statuses in the API server, the watch that follows them, an operator that may be killed, and volumes. */
    private static final class Cluster {
        private static final String REF = "refs/heads/main";
        private static final int MOST_WRITES = 5;

        private final CachePolicySpec policy;
        private final List<SortedMap<String, ScopeVolume>> history = new ArrayList<>();
        private int watched;
        private final Map<String, ScopeVolume> decided = new HashMap<>();
        private Optional<Integer> rollbackTo = Optional.empty();
        private final Map<String, CacheMount> pods = new HashMap<>();
        private final Set<String> pushed = new TreeSet<>();
        private final Map<String, Integer> finished = new HashMap<>();
        /** Generations on main's volume. */
        private final Set<Integer> sealed = new TreeSet<>();
        /** What the volumes of pull requests were filled from. */
        private final Map<String, Seed> filled = new HashMap<>();

        Cluster(int generations) {
            policy = Serialization.unmarshal(
                    "retention: {trusted: {generations: " + generations + "}}", CachePolicySpec.class);
            history.add(new TreeMap<>(SCOPES.stream().collect(Collectors.toMap(it -> it, Cluster::unused))));
        }

        SortedMap<String, ScopeVolume> stored() {
            return history.getLast();
        }

        void watch(int changes) {
            watched = Math.min(watched + changes, history.size() - 1);
        }

        /** Reads, as a reconciliation does that has not written yet. */
        void decide(String scope) {
            var before = Objects.requireNonNull(stored().get(scope));
            var index = index(before.dependsOnOthers() ? stored() : history.get(watched));
            var number = finished.getOrDefault(scope, 0) + 1;
            var run = before.run();
            decided.putIfAbsent(
                    scope,
                    new VolumeDecider(VolumeFactsBuilder.builder()
                                    .before(before)
                                    .claim(scope)
                                    .uid(Optional.of("uid"))
                                    .holder(
                                            pushed.contains(scope)
                                                    ? Optional.of(name(scope, number))
                                                    : Optional.empty())
                                    .number(number)
                                    .runs(runs(scope, number))
                                    .finishedPod(
                                            run == null || run.equals(name(scope, number))
                                                    ? Optional.empty()
                                                    : Optional.of(finished(before, run)))
                                    .sources(index.sources(scope(scope, before), "linux/amd64", List.of(REF), null))
                                    .existing(index.existing())
                                    .pinned(index.pinned(scope))
                                    .rollbackTo(scope.equals(MAIN) ? rollbackTo : Optional.empty())
                                    .defaultRecipe(Optional.empty())
                                    .policy(policy)
                                    .size(1 << 20)
                                    .constraints(new SeedChoice.Constraints(
                                            trust(scope), IsolationForm.UserNamespace, true, 1 << 20, "buildkit"))
                                    .build())
                            .decide());
        }

        void write(String scope) {
            var volume = decided.remove(scope);
            if (volume != null) {
                var next = new TreeMap<>(stored());
                if (!volume.equals(next.put(scope, volume))) {
                    history.add(next);
                }
            }
        }

        /** Starts the pod of the run that has the volume, or ends it. */
        void pod(String scope) {
            var volume = Objects.requireNonNull(stored().get(scope));
            var running = pods.remove(scope);
            if (running != null) {
                finished.merge(scope, 1, Integer::sum);
                pushed.remove(scope);
                running.sealing().ifPresent(number -> seal(number, running.keep()));
            } else if (pushed.contains(scope)
                    && volume.unconfirmed() == null
                    && name(scope, finished.getOrDefault(scope, 0) + 1).equals(volume.run())) {
                var mount = CacheMount.of(volume);
                pods.put(scope, mount);
                if (mount.seed().mode() == SeedMode.Overlay) {
                    assertThat(sealed)
                            .as("seed of %s", volume)
                            .contains(mount.seed().generation());
                    filled.put(scope, mount.seed());
                }
            }
        }

        private void seal(int number, List<Integer> keep) {
            sealed.removeIf(old -> !keep.contains(old));
            sealed.add(number);
            filled.forEach((reader, seed) -> {
                if (seed.equals(Objects.requireNonNull(stored().get(reader)).seed())) {
                    assertThat(sealed).as("what %s stands on", reader).contains(seed.generation());
                }
            });
        }

        /** A user goes back, or closes a pull request and opens another, or the operator is killed. */
        void disturb(String scope, int chance) {
            if (scope.equals(MAIN)) {
                var generations = Objects.requireNonNull(stored().get(MAIN)).generations();
                rollbackTo = generations.stream()
                        .skip(chance)
                        .findFirst()
                        .map(SealedGeneration::number)
                        .or(() -> rollbackTo);
            } else if (chance < 3) {
                decided.remove(scope);
                pods.remove(scope);
                filled.remove(scope);
                var next = new TreeMap<>(stored());
                next.put(scope, unused(scope));
                history.add(next);
            } else {
                kill();
            }
        }

        void kill() {
            decided.clear();
            watched = history.size() - 1;
        }

        /** Reconciles until nothing is written any more. */
        void rest(String scope) {
            for (int writes = 0; writes < MOST_WRITES; writes++) {
                var before = history.size();
                watched = before - 1;
                decide(scope);
                write(scope);
                if (history.size() == before) {
                    return;
                }
            }
            throw new AssertionError(scope + " does not come to rest: " + stored().get(scope));
        }

        void push(String scope) {
            pushed.add(scope);
        }

        void build(String scope, int runs) {
            for (int run = 0; run < runs; run++) {
                push(scope);
                rest(scope);
                pod(scope);
                pod(scope);
                rest(scope);
            }
        }

        Seed seed(String scope) {
            return Objects.requireNonNull(
                    Objects.requireNonNull(stored().get(scope)).seed());
        }

        SortedMap<Integer, State> states() {
            return new TreeMap<>(Objects.requireNonNull(stored().get(MAIN)).generations().stream()
                    .collect(Collectors.toMap(SealedGeneration::number, SealedGeneration::state)));
        }

        private static ScopeVolume unused(String scope) {
            return ScopeVolume.unused("linux/amd64", scope).withUid("uid").withIsolation(IsolationForm.UserNamespace);
        }

        private static String name(String scope, int number) {
            return scope + "-" + number;
        }

        private static Map<String, VolumeRun> runs(String scope, int unfinished) {
            return IntStream.rangeClosed(1, unfinished)
                    .mapToObj(number -> new VolumeRun(
                            name(scope, number),
                            "c0ffee",
                            Optional.empty(),
                            List.of(REF),
                            List.of(),
                            number == unfinished ? RunResult.Pending : RunResult.Succeeded))
                    .collect(Collectors.toMap(VolumeRun::run, run -> run));
        }

        private static FinishedBuildPod finished(ScopeVolume volume, String run) {
            var seal = Optional.ofNullable(volume.sealing())
                    .map(number -> new VolumeReport.Seal(number, 1, List.of(MAIN), false, 1));
            return new FinishedBuildPod(
                    run,
                    Instant.EPOCH,
                    true,
                    Optional.of(new VolumeReport(Optional.empty(), seal, VolumeReport.Usage.of(1), Optional.empty())),
                    Optional.empty());
        }

        private static SeedIndex index(Map<String, ScopeVolume> shown) {
            return new SeedIndex(shown.entrySet().stream()
                    .map(scope -> scope(scope.getKey(), scope.getValue()))
                    .toList());
        }

        private static CacheScope scope(String name, ScopeVolume volume) {
            var scope = new CacheScope();
            scope.setSpec(CacheScopeSpecBuilder.builder()
                    .pipeline("app")
                    .ref(name.equals(MAIN) ? REF : "refs/pull/" + name + "/head")
                    .trust(trust(name))
                    .platforms(List.of("linux/amd64"))
                    .build());
            scope.setStatus(
                    CacheScopeStatusBuilder.builder().volumes(List.of(volume)).build());
            return scope;
        }

        private static Trust trust(String scope) {
            return scope.equals(MAIN) ? Trust.Trusted : Trust.Untrusted;
        }
    }
}
