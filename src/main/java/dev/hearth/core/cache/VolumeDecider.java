package dev.hearth.core.cache;

import dev.hearth.api.ScopeVolume;
import dev.hearth.api.ScopeVolume.LastUse;
import dev.hearth.api.SealedGeneration;
import dev.hearth.api.Seed;
import dev.hearth.api.SeedMode;
import dev.hearth.api.Trust;
import dev.hearth.core.cache.Generations.Fate;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Decides a volume: takes in what its last run left, settles its generations, and when it changes hands chooses what it
 * starts from. Only runs change what a volume holds, so a seed is chosen when one gets the volume and never else.
 */
public record VolumeDecider(VolumeFacts facts) {

    public ScopeVolume decide() {
        var before = facts.before();
        var last = facts.ended().map(this::lastUse).orElse(before.last());
        var generations = Generations.settle(sealed(), this::fate);
        var seed = before.seed();
        var rolledBackTo = before.rolledBackTo();
        var repeats = before.repeats();
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
                generations = Generations.rolledBack(generations, rolledBackTo);
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
        generations = Generations.retain(
                generations, facts.policy().retention().trusted().generations(), facts.pinned());
        return new ScopeVolume(
                before.platform(),
                claim,
                isolation,
                facts.holder().orElse(null),
                facts.trust() == Trust.Trusted && facts.holder().isPresent() ? facts.number() : null,
                facts.holder().isPresent() && repeats,
                seed,
                last,
                newest(generations),
                rolledBackTo,
                generations,
                null);
    }

    private boolean mustSeed(Tenant tenant, @Nullable LastUse last) {
        var seed = facts.before().seed();
        if (seed == null) {
            return true;
        }
        if (last == null) {
            // The run that was to bring it in never came to its end; what storage was asked to make stays asked for.
            return seed.mode() != SeedMode.Snapshot;
        }
        // An overlay's lower layers are another volume's: without them there is nothing to go on with.
        if (seed.mode() == SeedMode.Overlay && !facts.living().containsAll(seed.needs())) {
            return true;
        }
        return !facts.sources().isEmpty()
                && tenant.recipe().isPresent()
                && !tenant.recipe().equals(Optional.ofNullable(last.recipe()))
                && tenant.recipe().equals(facts.defaultRecipe());
    }

    private boolean repeats(Tenant tenant, @Nullable LastUse last) {
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
        return Generations.atMost(known, number)
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

    private LastUse lastUse(Ended ended) {
        var tenant = Optional.ofNullable(facts.tenants().get(ended.run()));
        var report = ended.report();
        return new LastUse(
                ended.run(),
                ended.at().toString(),
                tenant.map(Tenant::commit).orElse(""),
                tenant.flatMap(Tenant::recipe).orElse(null),
                ended.succeeded(),
                Sizes.of(report.map(VolumeReport::used).orElse(0L)),
                ended.cached().orElse(null),
                report.map(VolumeReport::note).filter(note -> !note.isEmpty()).orElse(null));
    }

    /** With what the last run's daemon sealed, if it did. Its number was reserved for that run. */
    private List<SealedGeneration> sealed() {
        var known = facts.before().generations();
        var ended = facts.ended();
        var report = ended.flatMap(Ended::report);
        var seal = report.flatMap(VolumeReport::sealed)
                .filter(it -> Objects.equals(it.generation(), facts.before().sealing()));
        var tenant = ended.map(it -> facts.tenants().get(it.run()));
        if (seal.isEmpty() || tenant.isEmpty() || facts.trust() != Trust.Trusted) {
            return known;
        }
        return Generations.with(
                known,
                new SealedGeneration(
                        seal.get().generation(),
                        SealedGeneration.State.Candidate,
                        tenant.get().run(),
                        tenant.get().commit(),
                        tenant.get().recipe().orElse(null),
                        Sizes.of(seal.get().added()),
                        Sizes.of(report.get().used()),
                        ended.get().at().toString(),
                        seal.get().exported(),
                        null,
                        facts.means().buildkit(),
                        facts.before().isolation(),
                        borrowed(seal.get())));
    }

    /** A volume that began as an overlay seals layers on top of other volumes' layers. */
    private List<String> borrowed(VolumeReport.Seal seal) {
        var seed = facts.before().seed();
        var borrows = Stream.of(seal.volumes())
                .flatMap(List::stream)
                .anyMatch(volume -> !volume.equals(facts.before().claim()));
        return borrows && seed != null ? seed.needs() : List.of();
    }

    private Fate fate(String run) {
        return Optional.ofNullable(facts.tenants().get(run)).map(Tenant::fate).orElse(Fate.Lost);
    }

    private static @Nullable Integer newest(List<SealedGeneration> generations) {
        return generations.stream()
                .filter(generation -> generation.state() == SealedGeneration.State.Sealed)
                .map(SealedGeneration::number)
                .findFirst()
                .orElse(null);
    }
}
