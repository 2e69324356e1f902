package dev.hearth.core.buildcache;

import dev.hearth.api.ScopeVolume;
import dev.hearth.api.ScopeVolume.LastUse;
import dev.hearth.api.SealedGeneration;
import dev.hearth.api.Seed;
import dev.hearth.api.SeedMode;
import dev.hearth.api.Trust;
import dev.hearth.core.buildcache.GenerationLifecycle.RunResult;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides a volume: takes in what its last run left, settles its generations, and when it changes hands chooses what it
 * starts from. Only runs change what a volume holds, so a seed is chosen when one gets the volume and never else.
 */
public record VolumeDecider(VolumeFacts facts) {

    public ScopeVolume decide() {
        return isLost() ? new VolumeDecider(facts.without(facts.before().lost())).decide() : decideKept();
    }

    /** Whoever deleted a claim took with it what was on the volume, of which none may be offered to anybody. */
    private boolean isLost() {
        var uid = facts.before().uid();
        return uid != null && !facts.uid().equals(Optional.of(uid));
    }

    private ScopeVolume decideKept() {
        var before = facts.before();
        var intake = new VolumeIntake(facts);
        var last = intake.last();
        var generations = GenerationLifecycle.settle(intake.generations(), this::runResult);
        var seed = before.seed();
        var rolledBackTo = before.rolledBackTo();
        var repeats = before.repeatsCommit();
        var claim = before.claim();
        var isolation = before.isolation();
        var holder = facts.holder().map(facts.tenants()::get);
        if (holder.isPresent() && (seed == null || !holder.get().run().equals(before.run()))) {
            var tenant = holder.get();
            claim = facts.claim();
            isolation = facts.means().isolation();
            var moves = before.isolation() != null && before.isolation() != isolation;
            if (moves) {
                last = null;
                generations = List.of();
            }
            var wish = facts.rollbackTo().filter(wished -> !wished.equals(before.rolledBackTo()));
            if (wish.isPresent()) {
                rolledBackTo = wish.get();
                seed = rollback(generations, rolledBackTo, tenant.run());
                generations = GenerationLifecycle.rolledBack(generations, rolledBackTo);
            } else if (moves || mustSeed(tenant, last)) {
                seed = new SeedChoice(facts.policy().seed(), facts.sources(), facts.means()).choose(tenant.run());
            }
            if (moves && seed != null) {
                seed = noting(
                        seed,
                        "begun anew, as builds have isolation " + isolation + " now and had " + before.isolation());
            }
            repeats = Objects.equals(seed, before.seed()) && repeats(tenant, last);
        }
        var keep = VolumePressure.isShort(last, facts.size())
                ? 1
                : facts.policy().retention().trusted().generations();
        generations = GenerationLifecycle.retain(generations, keep, facts.pinned());
        return new ScopeVolume(
                before.platform(),
                claim,
                claim.equals(before.claim()) ? facts.uid().orElse(null) : null,
                isolation,
                facts.holder().orElse(null),
                facts.means().trust() == Trust.Trusted && facts.holder().isPresent() ? facts.number() : null,
                facts.holder().isPresent() && repeats,
                seed,
                last,
                newest(generations),
                rolledBackTo,
                generations,
                null);
    }

    private boolean mustSeed(VolumeRun tenant, @Nullable LastUse last) {
        var seed = facts.before().seed();
        if (seed == null) {
            return true;
        }
        if (last == null) {
            // The run that was to bring it in never came to its end; what storage was asked to make stays asked for.
            return seed.mode() != SeedMode.Snapshot;
        }
        // Layers may be another volume's: without them there is nothing to go on with.
        if (seed.mode().readsPermanently() && !facts.living().containsAll(seed.needs())) {
            return true;
        }
        return !facts.sources().isEmpty()
                && tenant.recipe().isPresent()
                && !tenant.recipe().equals(Optional.ofNullable(last.recipe()))
                && tenant.recipe().equals(facts.defaultRecipe());
    }

    private boolean repeats(VolumeRun tenant, @Nullable LastUse last) {
        return last != null
                && last.succeeded()
                && last.commit().equals(tenant.commit())
                && Optional.ofNullable(facts.tenants().get(last.run()))
                        .filter(previous -> previous.builds().equals(tenant.builds()))
                        .isPresent();
    }

    private static Seed noting(Seed seed, String note) {
        return new Seed(
                seed.mode(),
                seed.message() + "; " + note,
                seed.ref(),
                seed.claim(),
                seed.generation(),
                seed.commit(),
                seed.snapshot(),
                seed.run(),
                seed.needs());
    }

    private Seed rollback(List<SealedGeneration> known, int number, String run) {
        var whole = known.stream()
                .filter(generation -> facts.living().containsAll(generation.needs()))
                .toList();
        return GenerationLifecycle.atMost(whole, number)
                .map(target -> new Seed(
                        SeedMode.Rollback,
                        "generation " + target.number() + ", as spec.rollbackTo asks",
                        null,
                        facts.before().claim(),
                        target.number(),
                        target.commit(),
                        null,
                        run,
                        target.needs()))
                .orElseGet(() -> SeedChoice.cold(
                        run, "spec.rollbackTo asks for generation " + number + ", and none as old as that is kept"));
    }

    private RunResult runResult(String run) {
        return Optional.ofNullable(facts.tenants().get(run))
                .map(VolumeRun::result)
                .orElse(RunResult.Lost);
    }

    private static @Nullable Integer newest(List<SealedGeneration> generations) {
        return generations.stream()
                .filter(generation -> generation.state() == SealedGeneration.State.Sealed)
                .map(SealedGeneration::number)
                .findFirst()
                .orElse(null);
    }
}
