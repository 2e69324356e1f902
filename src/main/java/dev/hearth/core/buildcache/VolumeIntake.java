package dev.hearth.core.buildcache;

import dev.hearth.api.GenerationRef;
import dev.hearth.api.ScopeVolume.LastUse;
import dev.hearth.api.SealedGeneration;
import dev.hearth.api.Trust;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.Sizes;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Takes in what the last run left on a volume. */
record VolumeIntake(VolumeFacts facts) {

    @Nullable
    LastUse last() {
        return facts.ended().map(this::lastUse).orElse(facts.before().lastUse());
    }

    private LastUse lastUse(FinishedBuildPod ended) {
        var tenant = Optional.ofNullable(facts.tenants().get(ended.run()));
        var report = report();
        var usage = report.map(VolumeReport::usage);
        return new LastUse(
                ended.run(),
                ended.at().toString(),
                tenant.map(VolumeRun::commit).orElse(""),
                tenant.flatMap(VolumeRun::recipe).orElse(null),
                ended.succeeded(),
                Sizes.of(usage.map(VolumeReport.Usage::content).orElse(0L)),
                usage.flatMap(VolumeReport.Usage::buildkit).map(Sizes::of).orElse(null),
                usage.flatMap(VolumeReport.Usage::capacity).map(Sizes::of).orElse(null),
                usage.flatMap(VolumeReport.Usage::free).map(Sizes::of).orElse(null),
                ended.cached().orElse(null),
                report.flatMap(VolumeReport::trouble).map(StatusReason::message).orElse(null));
    }

    /** With what the last run's daemon sealed, if it did. Its number was reserved for that run. */
    List<SealedGeneration> generations() {
        var known = facts.before().generations();
        var ended = facts.ended();
        var report = report();
        var seal = report.flatMap(VolumeReport::sealed)
                .filter(it -> Objects.equals(it.generation(), facts.before().sealing()));
        var tenant = ended.map(it -> facts.tenants().get(it.run()));
        if (seal.isEmpty() || tenant.isEmpty() || facts.means().trust() != Trust.Trusted) {
            return known;
        }
        return GenerationLifecycle.add(
                known,
                new SealedGeneration(
                        seal.get().generation(),
                        SealedGeneration.State.Candidate,
                        tenant.get().run(),
                        tenant.get().commit(),
                        tenant.get().recipe().orElse(null),
                        Sizes.of(seal.get().added()),
                        Sizes.of(report.get().usage().content()),
                        ended.get().at().toString(),
                        seal.get().exported(),
                        null,
                        facts.means().buildkit(),
                        facts.before().isolation(),
                        foreignLayers(seal.get())));
    }

    /** What the last run's daemon said, as far as the volume can hold it. */
    private Optional<VolumeReport> report() {
        return facts.ended().flatMap(FinishedBuildPod::report).map(it -> it.within(facts.size()));
    }

    /** A volume that began as an overlay seals layers on top of other volumes' layers. */
    private List<GenerationRef> foreignLayers(VolumeReport.Seal seal) {
        var seed = facts.before().seed();
        var borrows = seal.volumes().stream()
                .anyMatch(volume -> !volume.equals(facts.before().claim()));
        return borrows && seed != null ? seed.needs() : List.of();
    }
}
