package dev.hearth.core.buildcache;

import dev.hearth.api.BuiltByName;
import dev.hearth.api.GenerationRef;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.ScopeVolume.LastUse;
import dev.hearth.api.ScopeVolumeBuilder;
import dev.hearth.api.ScopeVolumeLastUseBuilder;
import dev.hearth.api.SealedGeneration;
import dev.hearth.api.SealedGenerationBuilder;
import dev.hearth.api.Seed;
import dev.hearth.api.SeedBuilder;
import dev.hearth.api.SeedMode;
import dev.hearth.api.Trust;
import dev.hearth.core.buildcache.GenerationLifecycle.RunResult;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.Sizes;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides the new state of a cache volume. It records what the last run did, settles the generations, and chooses a seed
 * when another run gets the volume. Only runs change the content of a volume, so a seed is chosen at no other time, unless
 * what was chosen turns out to be leaving before the run has begun.
 */
public record VolumeDecider(VolumeFacts facts) {
    /** A volume is short of space when its content takes more than this share of its size or file system. */
    private static final double FULL = 0.8;

    public ScopeVolume decide() {
        return isLost() ? new VolumeDecider(facts.without(facts.before().lost())).decide() : decideExisting();
    }

    /**
     * Whether a volume is so full that the next run may need the space of older generations. Then they are deleted although
     * the policy retains them: a build needs the space more than a rollback does.
     *
     * @param size of the volume, in KiB
     */
    static boolean isShortOfSpace(@Nullable LastUse last, long size) {
        if (last == null) {
            return false;
        }
        var capacity = last.capacity();
        var usable = capacity == null ? size : Math.min(size, Sizes.kib(capacity));
        return Sizes.kib(last.used()) > FULL * usable;
    }

    /** Whether the claim was deleted. Its generations are deleted with it, and none of them may be used as a seed. */
    private boolean isLost() {
        var uid = facts.before().uid();
        return uid != null && !facts.uid().equals(Optional.of(uid));
    }

    private ScopeVolume decideExisting() {
        var before = facts.before();
        var current = VolumeDeciderStateBuilder.builder()
                .claim(before.claim())
                .repeatsCommit(before.repeatsCommit())
                .isolation(before.isolation())
                .seed(before.seed())
                .rolledBackTo(before.rolledBackTo())
                .last(lastUse())
                .generations(GenerationLifecycle.settle(knownGenerations(), this::runResult))
                .build();
        var receiver = facts.holder()
                .map(facts.runs()::get)
                .filter(run -> before.seed() == null || !run.run().equals(before.run()) || isSeedLeaving());
        var next = receiver.map(run -> handOver(current, run)).orElse(current);
        var retained = isShortOfSpace(next.last(), facts.size())
                ? 1
                : facts.policy().retention().trusted().generations();
        var generations = GenerationLifecycle.retain(next.generations(), retained, facts.pinned());
        var waits = isUncertain(next.seed())
                || ((receiver.isPresent() || facts.before().awaitsConfirmation())
                        && facts.holder().isPresent()
                        && generations.stream().anyMatch(it -> it.state() == SealedGeneration.State.Leaving));
        return ScopeVolumeBuilder.builder()
                .platform(before.platform())
                .claim(next.claim())
                .repeatsCommit(facts.holder().isPresent() && next.repeatsCommit())
                .uid(next.claim().equals(before.claim()) ? facts.uid().orElse(null) : null)
                .isolation(next.isolation())
                .run(facts.holder().orElse(null))
                .unconfirmed(waits ? true : null)
                .sealing(isTrusted() && facts.holder().isPresent() ? facts.number() : null)
                .seed(next.seed())
                .lastUse(next.last())
                .generation(newest(generations))
                .rolledBackTo(next.rolledBackTo())
                .generations(generations)
                .build();
    }

    /**
     * Whether it is uncertain that the generations of a seed stay. The scope that has them may be deciding to delete them,
     * and see no reader, while this one chooses them. It is certain once they are seen to stay after the seed was recorded:
     * whoever deletes them later looks for readers after that.
     */
    private boolean isUncertain(@Nullable Seed seed) {
        return Objects.equals(seed, facts.before().seed())
                ? isSeedLeaving()
                : seed != null
                        && seed.mode() != SeedMode.Snapshot
                        && !seed.needs().isEmpty();
    }

    /** Whether the recorded seed is unconfirmed, still needed, and not there to stay. */
    private boolean isSeedLeaving() {
        var before = facts.before();
        var seed = before.seed();
        return facts.before().awaitsConfirmation()
                && seed != null
                && (seed.mode().readsPermanently() || seed.run().equals(before.run()))
                && !facts.existing().containsAll(seed.needs());
    }

    /** What changes when another run gets the volume. */
    @BuiltByName
    record State(
            String claim,
            @Nullable IsolationForm isolation,
            @Nullable Seed seed,
            @Nullable Integer rolledBackTo,
            boolean repeatsCommit,
            @Nullable LastUse last,
            List<SealedGeneration> generations) {}

    /** The volume as a run gets it: with another seed where that is needed, and on another claim if the isolation changed. */
    private State handOver(State current, VolumeRun run) {
        var before = facts.before();
        var isolation = facts.constraints().isolation();
        var isolationChanged = before.isolation() != null && before.isolation() != isolation;
        var last = isolationChanged ? null : current.last();
        var generations = isolationChanged ? List.<SealedGeneration>of() : current.generations();
        var rollback = facts.rollbackTo().filter(number -> !number.equals(before.rolledBackTo()));
        var seed = current.seed();
        if (rollback.isPresent()) {
            seed = rollbackSeed(generations, rollback.get(), run.run());
            generations = GenerationLifecycle.rollBack(generations, rollback.get());
        } else if (isolationChanged || mustSeed(run, last)) {
            seed = new SeedChoice(facts.policy().seed(), facts.sources(), facts.constraints()).choose(run.run());
        }
        if (isolationChanged && seed != null) {
            seed = withNote(
                    seed,
                    "new volume, because builds now have isolation " + isolation + " instead of " + before.isolation());
        }
        return VolumeDeciderStateBuilder.builder()
                .claim(facts.claim())
                .repeatsCommit(Objects.equals(seed, before.seed()) && repeatsCommit(run, last))
                .isolation(isolation)
                .seed(seed)
                .rolledBackTo(rollback.orElse(current.rolledBackTo()))
                .last(last)
                .generations(generations)
                .build();
    }

    /** The last use of the volume, with what its build pod reported if that has finished since. */
    private @Nullable LastUse lastUse() {
        return facts.finishedPod().map(this::lastUse).orElse(facts.before().lastUse());
    }

    private LastUse lastUse(FinishedBuildPod pod) {
        var run = Optional.ofNullable(facts.runs().get(pod.run()));
        var report = report();
        var usage = report.map(VolumeReport::usage);
        return ScopeVolumeLastUseBuilder.builder()
                .run(pod.run())
                .at(pod.at().toString())
                .commit(run.map(VolumeRun::commit).orElse(""))
                .succeeded(pod.succeeded())
                .used(Sizes.of(usage.map(VolumeReport.Usage::content).orElse(0L)))
                .recipe(run.flatMap(VolumeRun::recipe).orElse(null))
                .buildkit(usage.flatMap(VolumeReport.Usage::buildkit)
                        .map(Sizes::of)
                        .orElse(null))
                .capacity(usage.flatMap(VolumeReport.Usage::capacity)
                        .map(Sizes::of)
                        .orElse(null))
                .free(usage.flatMap(VolumeReport.Usage::free).map(Sizes::of).orElse(null))
                .cached(pod.cached().orElse(null))
                .note(report.flatMap(VolumeReport::trouble)
                        .map(StatusReason::message)
                        .orElse(null))
                .build();
    }

    /**
     * The recorded generations, and the one that the last run's daemon sealed. The daemon's seal counts only for a trusted
     * scope and only under the number that was reserved for that run.
     */
    private List<SealedGeneration> knownGenerations() {
        var known = facts.before().generations();
        var pod = facts.finishedPod();
        var report = report();
        var seal = report.flatMap(VolumeReport::sealed)
                .filter(it -> Objects.equals(it.generation(), facts.before().sealing()));
        var run = pod.map(it -> facts.runs().get(it.run()));
        if (seal.isEmpty() || run.isEmpty() || !isTrusted()) {
            return known;
        }
        return GenerationLifecycle.add(
                known,
                SealedGenerationBuilder.builder()
                        .number(seal.get().generation())
                        .state(SealedGeneration.State.Candidate)
                        .run(run.get().run())
                        .commit(run.get().commit())
                        .added(Sizes.of(seal.get().added()))
                        .size(Sizes.of(report.get().usage().cache()))
                        .at(pod.get().at().toString())
                        .exported(seal.get().exported())
                        .buildkit(facts.constraints().buildkit())
                        .recipe(run.get().recipe().orElse(null))
                        .isolation(facts.before().isolation())
                        .needs(foreignLayers(seal.get()))
                        .build());
    }

    /** The report of the last run's daemon, with sizes of at most the volume's. */
    private Optional<VolumeReport> report() {
        return facts.finishedPod().flatMap(FinishedBuildPod::report).map(it -> it.within(facts.size()));
    }

    /** The generations of other volumes whose layers a sealed generation needs: those of an overlay seed. */
    private List<GenerationRef> foreignLayers(VolumeReport.Seal seal) {
        var seed = facts.before().seed();
        var borrows = seal.volumes().stream()
                .anyMatch(volume -> !volume.equals(facts.before().claim()));
        return borrows && seed != null ? seed.needs() : List.of();
    }

    private boolean mustSeed(VolumeRun run, @Nullable LastUse last) {
        var seed = facts.before().seed();
        if (seed == null || isSeedLeaving()) {
            return true;
        }
        if (last == null) {
            // The run that was to fill the volume never finished. A restore from a snapshot continues for the next run.
            // A run
            // that gets the volume again, since its former claim had to be deleted first, keeps the seed and its
            // message.
            return seed.mode() != SeedMode.Snapshot && !seed.run().equals(run.run());
        }
        // The layers may be on another volume: if they were deleted, this volume's content is incomplete.
        if (seed.mode().readsPermanently() && !facts.existing().containsAll(seed.needs())) {
            return true;
        }
        return !facts.sources().isEmpty()
                && run.recipe().isPresent()
                && !run.recipe().equals(Optional.ofNullable(last.recipe()))
                && run.recipe().equals(facts.defaultRecipe());
    }

    private boolean repeatsCommit(VolumeRun run, @Nullable LastUse last) {
        return last != null
                && last.succeeded()
                && last.commit().equals(run.commit())
                && Optional.ofNullable(facts.runs().get(last.run()))
                        .filter(previous -> previous.builds().equals(run.builds()))
                        .isPresent();
    }

    private static Seed withNote(Seed seed, String note) {
        return seed.withMessage(seed.message() + "; " + note);
    }

    private Seed rollbackSeed(List<SealedGeneration> known, int number, String run) {
        var complete = known.stream()
                .filter(generation -> facts.existing().containsAll(generation.needs()))
                .toList();
        return GenerationLifecycle.atMost(complete, number)
                .map(target -> SeedBuilder.builder()
                        .mode(SeedMode.Rollback)
                        .message("generation " + target.number() + ", requested by spec.rollbackTo")
                        .run(run)
                        .claim(facts.before().claim())
                        .generation(target.number())
                        .commit(target.commit())
                        .needs(target.needs())
                        .build())
                .orElseGet(() -> SeedChoice.cold(
                        run,
                        "spec.rollbackTo requests generation " + number + ", and neither it nor an older one exists"));
    }

    private RunResult runResult(String run) {
        return Optional.ofNullable(facts.runs().get(run)).map(VolumeRun::result).orElse(RunResult.Failed);
    }

    private boolean isTrusted() {
        return facts.constraints().trust() == Trust.Trusted;
    }

    private static @Nullable Integer newest(List<SealedGeneration> generations) {
        return generations.stream()
                .filter(generation -> generation.state() == SealedGeneration.State.Sealed)
                .map(SealedGeneration::number)
                .findFirst()
                .orElse(null);
    }
}
