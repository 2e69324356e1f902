package dev.hearth.core.buildcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.GenerationRef;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.Reason;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.ScopeVolumeLastUseBuilder;
import dev.hearth.api.SealedGeneration;
import dev.hearth.api.SealedGeneration.State;
import dev.hearth.api.SealedGenerationBuilder;
import dev.hearth.api.Seed;
import dev.hearth.api.SeedBuilder;
import dev.hearth.api.SeedMode;
import dev.hearth.api.Trust;
import dev.hearth.core.buildcache.GenerationLifecycle.RunResult;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.Sizes;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class VolumeDeciderTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    /** In KiB. */
    private static final long CLAIM = 1 << 20;

    private static final SealedGeneration MAIN_GENERATION = generation(7, State.Sealed, "main-run", "lock-1");
    private static final SeedSource MAIN =
            new SeedSource("refs/heads/main", ScopeVolume.unused("linux/amd64", "main"), MAIN_GENERATION);
    private static final GenerationRef MAIN_GENERATION_REF = new GenerationRef("main", null, 7);

    @Test
    void doesNotChangeAVolumeWithoutAHolder() {
        var before = ScopeVolume.unused("linux/amd64", "own");

        assertThat(new Facts(before).decide()).isEqualTo(before);
    }

    @Test
    void seedsTheFirstRunFromTheBestSource() {
        var decided = new Facts(ScopeVolume.unused("linux/amd64", "own"))
                .holder(run("one", RunResult.Pending))
                .sources(MAIN)
                .decide();

        assertThat(decided.run()).isEqualTo("one");
        assertThat(Objects.requireNonNull(decided.seed()))
                .returns(SeedMode.Overlay, it -> it.mode())
                .returns("main", it -> it.claim())
                .returns(7, it -> it.generation())
                .returns(List.of(MAIN_GENERATION_REF), it -> it.needs());
    }

    /** As after a failed restore, whose claim is deleted before the run gets a new one: the seed says why. */
    @Test
    void runThatGetsItsUnusedVolumeAgainKeepsTheSeed() {
        var released = held("one").decide();
        assertThat(released).returns(null, ScopeVolume::run).returns(null, ScopeVolume::lastUse);

        var again = new Facts(released).holder(run("one", RunResult.Pending)).decide();
        var other = new Facts(released).holder(run("two", RunResult.Pending)).decide();

        assertThat(again).returns("one", ScopeVolume::run).returns(released.seed(), ScopeVolume::seed);
        assertThat(Objects.requireNonNull(other.seed()))
                .returns(SeedMode.Cold, Seed::mode)
                .returns("two", Seed::run);
    }

    @Test
    void reservesAGenerationForTrustedRunsOnly() {
        var trusted = new Facts(ScopeVolume.unused("linux/amd64", "own")).holder(run("one", RunResult.Pending));

        assertThat(trusted.decide().sealing()).isEqualTo(3);
        assertThat(trusted.trust(Trust.Untrusted).decide().sealing()).isNull();
    }

    /** An untrusted pod can report that it sealed a generation. */
    @Test
    void ignoresASealThatAnUntrustedDaemonReports() {
        var facts = held("one").finished(sealed("one", 3)).holder(run("one", RunResult.Succeeded));

        assertThat(facts.decide().generations()).hasSize(1);
        assertThat(facts.trust(Trust.Untrusted).decide().generations()).isEmpty();
    }

    @Test
    void acceptsASealOnlyUnderTheReservedNumber() {
        assertThat(held("one")
                        .finished(sealed("one", 99))
                        .holder(run("one", RunResult.Succeeded))
                        .decide()
                        .generations())
                .isEmpty();
    }

    @Test
    void sealsACandidateWhenItsRunSucceedsAndDropsItWhenTheRunFails() {
        var sealed = held("one").finished(sealed("one", 3));

        assertThat(sealed.holder(run("one", RunResult.Pending)).decide())
                .returns(null, ScopeVolume::generation)
                .extracting(volume -> volume.generations().getFirst().state())
                .isEqualTo(State.Candidate);
        assertThat(sealed.holder(run("one", RunResult.Succeeded)).decide())
                .returns(3, ScopeVolume::generation)
                .extracting(volume -> volume.generations().getFirst().state())
                .isEqualTo(State.Sealed);
        assertThat(sealed.holder(run("one", RunResult.Failed)).decide().generations())
                .isEmpty();
    }

    @Test
    void nextRunContinuesWithTheStateOfTheLastRun() {
        var used = usedBy("one", "lock-1");

        var decided = new Facts(used)
                .holder(run("two", RunResult.Pending))
                .sources(MAIN)
                .decide();

        assertThat(decided.seed()).isEqualTo(used.seed());
    }

    @Test
    void choosesASeedAgainIfTheFirstRunNeverFinished() {
        var unfinished = held("one").before;

        var decided = new Facts(unfinished)
                .holder(run("two", RunResult.Pending))
                .sources(MAIN)
                .decide();

        assertThat(Objects.requireNonNull(decided.seed()).run()).isEqualTo("two");
    }

    /** Otherwise each push to a pull request would restart the restore. */
    @Test
    void continuesARestoreFromASnapshotForTheNextRun() {
        var seed = SeedBuilder.builder()
                .mode(SeedMode.Snapshot)
                .message("")
                .run("one")
                .ref("refs/heads/main")
                .claim("main")
                .generation(7)
                .commit("c0ffee")
                .snapshot("snap")
                .build();
        var unfinished = ScopeVolume.unused("linux/amd64", "own").withSeed(seed);

        var decided = new Facts(unfinished)
                .holder(run("two", RunResult.Pending))
                .sources(MAIN)
                .decide();

        assertThat(decided.seed()).isEqualTo(seed);
    }

    @Test
    void choosesANewSeedIfOnlyTheDefaultBranchHasTheRunsRecipe() {
        var facts = new Facts(usedBy("one", "lock-0"))
                .holder(run("two", RunResult.Pending))
                .sources(MAIN)
                .defaultRecipe("lock-1");

        assertThat(Objects.requireNonNull(facts.decide().seed()).run()).isEqualTo("two");
        assertThat(Objects.requireNonNull(facts.defaultRecipe("lock-2").decide().seed())
                        .run())
                .isEqualTo("one");
    }

    @Test
    void choosesANewSeedIfLayersOfAnOverlayWereDeleted() {
        var facts = new Facts(usedBy("one", "lock-1")).holder(run("two", RunResult.Pending));

        assertThat(Objects.requireNonNull(facts.decide().seed()).mode()).isEqualTo(SeedMode.Overlay);
        assertThat(Objects.requireNonNull(facts.existing(Set.of()).decide().seed())
                        .mode())
                .isEqualTo(SeedMode.Cold);
    }

    /** A new claim numbers its generations from 1 again, and its layers are others. */
    @Test
    void choosesANewSeedIfTheClaimOfAnOverlayWasReplaced() {
        var facts = new Facts(usedBy("one", "lock-1")).holder(run("two", RunResult.Pending));

        var decided =
                facts.existing(Set.of(new GenerationRef("main", "another", 7))).decide();

        assertThat(Objects.requireNonNull(decided.seed()).run()).isEqualTo("two");
    }

    @Test
    void rollbackSkipsGenerationsWhoseLayersWereDeleted() {
        var used = with(usedBy("one", "lock-1"), borrowing(5, "deleted"), borrowing(4, "main"));

        var decided = new Facts(used)
                .rollbackTo(5)
                .existing(Set.of(MAIN_GENERATION_REF))
                .holder(run("two", RunResult.Pending))
                .decide();

        assertThat(Objects.requireNonNull(decided.seed()))
                .returns(SeedMode.Rollback, it -> it.mode())
                .returns(4, it -> it.generation());
    }

    @Test
    void rollbackHappensOnceAndMarksNewerGenerations() {
        var used = with(
                usedBy("one", "lock-1"),
                generation(5, State.Sealed, "five", "lock-1"),
                generation(4, State.Sealed, "four", "lock-1"));

        var rolledBack = new Facts(used)
                .rollbackTo(4)
                .holder(run("two", RunResult.Pending))
                .pinned(Set.of(5))
                .decide();

        assertThat(Objects.requireNonNull(rolledBack.seed()))
                .returns(SeedMode.Rollback, it -> it.mode())
                .returns(4, it -> it.generation());
        assertThat(rolledBack.generation()).isEqualTo(4);
        assertThat(rolledBack.generations())
                .extracting(SealedGeneration::state)
                .containsExactly(State.RolledBack, State.Sealed);
        var next = new Facts(rolledBack)
                .rollbackTo(4)
                .holder(run("three", RunResult.Pending))
                .finished(sealed("two", 3))
                .decide();
        assertThat(next.seed()).isEqualTo(rolledBack.seed());
    }

    @Test
    void rollbackToAMissingGenerationStartsCold() {
        var decided = new Facts(usedBy("one", "lock-1"))
                .rollbackTo(1)
                .holder(run("two", RunResult.Pending))
                .decide();

        assertThat(Objects.requireNonNull(decided.seed()))
                .returns(SeedMode.Cold, it -> it.mode())
                .extracting(it -> it.message())
                .asString()
                .contains("spec.rollbackTo", "1");
    }

    @Test
    void recognisesARepeatedBuildOfTheSameCommit() {
        var used = usedBy("one", "lock-1");

        assertThat(new Facts(used)
                        .holder(run("two", RunResult.Pending))
                        .decide()
                        .repeatsCommit())
                .isTrue();
        assertThat(new Facts(ScopeVolume.unused("linux/amd64", "own"))
                        .holder(run("two", RunResult.Pending))
                        .decide()
                        .repeatsCommit())
                .isFalse();
    }

    @Test
    void forgetsTheGenerationsOfADeletedClaim() {
        var sealed = new Facts(held("one")
                        .uid("first")
                        .holder(run("one", RunResult.Pending))
                        .decide())
                .uid("first")
                .finished(sealed("one", 3))
                .decide();
        assertThat(sealed).returns("first", ScopeVolume::uid).returns(3, ScopeVolume::generation);

        var lost = new Facts(sealed).decide();
        var replaced = new Facts(sealed)
                .uid("second")
                .holder(run("two", RunResult.Pending))
                .sources(MAIN)
                .decide();

        assertThat(lost).isEqualTo(sealed.lost());
        assertThat(replaced)
                .returns("second", ScopeVolume::uid)
                .returns(List.of(), ScopeVolume::generations)
                .returns(null, ScopeVolume::lastUse);
        assertThat(Objects.requireNonNull(replaced.seed())).returns("two", Seed::run);
        assertThat(VolumeWarnings.of(sealed, lost, 1 << 20))
                .singleElement()
                .returns(Reason.VolumeLost, StatusReason::reason)
                .satisfies(warning -> assertThat(warning.message()).contains("claim own", "generations 3"));
        assertThat(VolumeWarnings.of(lost, lost, 1 << 20)).isEmpty();
    }

    /** The run's pod may still work on the lost volume. Its seal does not count. */
    @Test
    void seedsAgainForARunThatHoldsALostVolume() {
        var holding =
                held("one").uid("first").holder(run("one", RunResult.Pending)).decide();

        var decided = new Facts(holding)
                .holder(run("one", RunResult.Pending))
                .sources(MAIN)
                .finished(sealed("one", 3))
                .decide();

        assertThat(decided).returns("one", ScopeVolume::run).returns(List.of(), ScopeVolume::generations);
        assertThat(Objects.requireNonNull(decided.seed()).claim()).isEqualTo("main");
    }

    @Test
    void deletesOlderGenerationsIfTheVolumeIsShortOfSpace() {
        var spacious = usedBy("one", "lock-1");
        var three = with(
                spacious,
                generation(5, State.Sealed, "e", "lock-1"),
                generation(4, State.Sealed, "d", "lock-1"),
                generation(3, State.Sealed, "c", "lock-1"));
        var last = Objects.requireNonNull(spacious.lastUse());
        var nearlyFull = ScopeVolumeLastUseBuilder.builder()
                .run(last.run())
                .at(last.at())
                .commit(last.commit())
                .succeeded(true)
                .used("81Mi")
                .capacity("100Mi")
                .free("19Mi")
                .build();

        assertThat(new Facts(three).decide().generations()).hasSize(3);
        var decided = new Facts(three.withLastUse(nearlyFull)).pinned(Set.of(3)).decide();
        assertThat(decided.generations())
                .extracting(SealedGeneration::state)
                .containsExactly(State.Sealed, State.Leaving, State.Sealed);
        var deleted = new Facts(decided).pinned(Set.of(3)).decide();
        assertThat(deleted.generations()).extracting(SealedGeneration::number).containsExactly(5, 3);
        assertThat(VolumeWarnings.of(decided, deleted, 1 << 20)).isEmpty();
        assertThat(VolumeWarnings.of(three.withLastUse(nearlyFull), decided, 1 << 20))
                .singleElement()
                .returns(Reason.GenerationsDropped, StatusReason::reason)
                .satisfies(warning -> assertThat(warning.message()).contains("generations 4"));
    }

    /** A compromised daemon can report any number. */
    @Property(tries = 200)
    void limitsReportedSizesToTheClaim(
            @ForAll long content,
            @ForAll long artifacts,
            @ForAll long buildkit,
            @ForAll long capacity,
            @ForAll long free,
            @ForAll long added) {
        var report = new VolumeReport(
                Optional.empty(),
                Optional.of(new VolumeReport.Seal(3, added, List.of("own"), false, added)),
                new VolumeReport.Usage(
                        content, artifacts, Optional.of(buildkit), Optional.of(capacity), Optional.of(free)),
                Optional.empty());

        var volume = held("one")
                .finished(new FinishedBuildPod("one", NOW, true, Optional.of(report), Optional.empty()))
                .holder(run("two", RunResult.Pending))
                .decide();

        var last = Objects.requireNonNull(volume.lastUse());
        var generation = volume.generations().getFirst();
        assertThat(Stream.of(
                        last.used(), Objects.requireNonNull(last.buildkit()), generation.added(), generation.size()))
                .allSatisfy(size -> assertThat(Sizes.kib(size)).isBetween(0L, CLAIM));
        assertThat(Stream.of(last.capacity(), last.free()).map(Objects::requireNonNull))
                .allSatisfy(size -> assertThat(Sizes.kib(size)).isBetween(0L, Sizes.MOST));
    }

    @Property(tries = 200)
    void sumsOfSizesDoNotOverflow(@ForAll @Size(max = 100) List<Long> sizes, @ForAll("units") String unit) {
        var sum = sizes.stream()
                .flatMap(size -> Stream.of(Sizes.of(size), size + unit))
                .mapToLong(Sizes::kib)
                .sum();

        assertThat(sum).isBetween(0L, 2L * sizes.size() * Sizes.MOST);
    }

    @Provide
    Arbitrary<String> units() {
        return Arbitraries.of("Mi", "Gi", "Ti");
    }

    private static Facts held(String run) {
        return new Facts(new Facts(ScopeVolume.unused("linux/amd64", "own"))
                .holder(run(run, RunResult.Pending))
                .sources(MAIN)
                .decide());
    }

    private static ScopeVolume usedBy(String run, String recipe) {
        var held = held(run);
        return held.holder(new VolumeRun(run, "c0ffee", Optional.of(recipe), List.of(), List.of(), RunResult.Succeeded))
                .finished(new FinishedBuildPod(
                        run, NOW, true, Optional.of(report(Optional.empty(), 9)), Optional.empty()))
                .decide();
    }

    private static ScopeVolume with(ScopeVolume volume, SealedGeneration... generations) {
        return volume.withGenerations(List.of(generations));
    }

    private static VolumeRun run(String name, RunResult result) {
        return new VolumeRun(name, "c0ffee", Optional.of("lock-1"), List.of("refs/heads/main"), List.of(), result);
    }

    private static FinishedBuildPod sealed(String run, int number) {
        var seal = new VolumeReport.Seal(number, 10, List.of("own"), false, 7);
        return new FinishedBuildPod(run, NOW, true, Optional.of(report(Optional.of(seal), 20)), Optional.empty());
    }

    private static VolumeReport report(Optional<VolumeReport.Seal> seal, long kib) {
        return new VolumeReport(Optional.empty(), seal, VolumeReport.Usage.of(kib), Optional.empty());
    }

    private static SealedGeneration generation(int number, State state, String run, String recipe) {
        return generation(number, state, run, recipe, List.of());
    }

    private static SealedGeneration borrowing(int number, String claim) {
        return generation(number, State.Sealed, "run", "lock-1", List.of(new GenerationRef(claim, null, 7)));
    }

    private static SealedGeneration generation(
            int number, State state, String run, String recipe, List<GenerationRef> needs) {
        return SealedGenerationBuilder.builder()
                .number(number)
                .state(state)
                .run(run)
                .commit("c0ffee")
                .added("1Mi")
                .size("2Mi")
                .at(NOW.toString())
                .exported(false)
                .buildkit("buildkit")
                .recipe(recipe)
                .isolation(IsolationForm.UserNamespace)
                .needs(needs)
                .build();
    }

    /** Builds facts, with defaults for those that do not matter to a test. */
    private static final class Facts {
        private final ScopeVolume before;
        private Optional<String> uid = Optional.empty();
        private Trust trust = Trust.Trusted;
        private Optional<VolumeRun> holder = Optional.empty();
        private Optional<FinishedBuildPod> finishedPod = Optional.empty();
        private List<SeedSource> sources = List.of();
        private Set<GenerationRef> existing = Set.of(MAIN_GENERATION_REF);
        private Set<Integer> pinned = Set.of();
        private Optional<Integer> rollbackTo = Optional.empty();
        private Optional<String> defaultRecipe = Optional.empty();

        Facts(ScopeVolume before) {
            this.before = before;
        }

        Facts uid(String value) {
            uid = Optional.of(value);
            return this;
        }

        Facts trust(Trust value) {
            trust = value;
            return this;
        }

        Facts holder(VolumeRun run) {
            holder = Optional.of(run);
            return this;
        }

        Facts finished(FinishedBuildPod value) {
            finishedPod = Optional.of(value);
            return this;
        }

        Facts sources(SeedSource... value) {
            sources = List.of(value);
            return this;
        }

        Facts existing(Set<GenerationRef> value) {
            existing = value;
            return this;
        }

        Facts pinned(Set<Integer> value) {
            pinned = value;
            return this;
        }

        Facts rollbackTo(int value) {
            rollbackTo = Optional.of(value);
            return this;
        }

        Facts defaultRecipe(String value) {
            defaultRecipe = Optional.of(value);
            return this;
        }

        ScopeVolume decide() {
            var runs = new java.util.HashMap<String, VolumeRun>();
            var last = before.run();
            if (last != null) {
                runs.put(last, run(last, RunResult.Succeeded));
            }
            holder.ifPresent(run -> runs.put(run.run(), run));
            return new VolumeDecider(VolumeFactsBuilder.builder()
                            .before(before)
                            .claim(before.claim())
                            .uid(uid)
                            .holder(holder.map(VolumeRun::run))
                            .number(3)
                            .runs(Map.copyOf(runs))
                            .finishedPod(finishedPod)
                            .sources(sources)
                            .existing(existing)
                            .pinned(pinned)
                            .rollbackTo(rollbackTo)
                            .defaultRecipe(defaultRecipe)
                            .policy(CachePolicySpec.DEFAULT)
                            .size(CLAIM)
                            .constraints(new SeedChoice.Constraints(
                                    trust, IsolationForm.UserNamespace, true, 1L << 20, "buildkit"))
                            .build())
                    .decide();
        }
    }
}
