package dev.hearth.core.buildcache;

import dev.hearth.api.IsolationForm;
import dev.hearth.api.SealedGeneration;
import dev.hearth.api.Seed;
import dev.hearth.api.SeedMode;
import dev.hearth.api.Trust;
import dev.hearth.core.text.Sizes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Chooses what a volume starts from: the first source, in read order, and of the policy's modes the first that the cluster
 * can do within its cost.
 *
 * @param modes as the policy lists them
 * @param sources sealed generations in read order: base branch, then default branch
 * @param means what this cluster and this volume allow
 */
public record SeedChoice(List<SeedMode> modes, List<SeedSource> sources, Means means) {

    /**
     * What can be done here.
     *
     * @param trust of the ref whose builds use the volume
     * @param isolation of the builds on the volume
     * @param fresh whether the volume has yet to be made: only then can a snapshot fill it
     * @param copyable the most that can be copied in the policy's time, in KiB
     * @param buildkit the image that will read what it starts from
     */
    public record Means(Trust trust, IsolationForm isolation, boolean fresh, long copyable, String buildkit) {}

    /** Most volumes that one pod mounts to read: a chain of branches that grew from branches is cut there. */
    private static final int MOST_VOLUMES = 4;

    public Seed choose(String run) {
        if (sources.isEmpty()) {
            return cold(run, "no trusted ref of this pipeline has a sealed generation for this platform yet");
        }
        var refused = new ArrayList<String>();
        for (SeedSource source : sources) {
            for (SeedMode mode : modes) {
                var obstacle = obstacle(mode, source);
                if (obstacle.isEmpty()) {
                    return seed(mode, source, run, refused);
                }
                refused.add(mode + " of " + source.ref() + ": " + obstacle.get());
            }
        }
        return cold(run, String.join("; ", refused));
    }

    /**
     * Whether cache directories have to be exported, which costs every trusted run time: only where no better mode can
     * ever be used.
     */
    public static boolean needsExports(List<SeedMode> modes, IsolationForm isolation) {
        return modes.stream()
                                .filter(mode -> mode != SeedMode.Overlay || locksMounts(isolation))
                                .findFirst()
                                .orElse(SeedMode.Cold)
                        == SeedMode.Import
                // Whose folder for it, made by the kubelet as root, a daemon without root could not take over.
                && isolation != IsolationForm.Rootless;
    }

    /** Whether the daemon is in a user namespace of its own: there the kernel keeps read-only mounts read-only. */
    private static boolean locksMounts(IsolationForm isolation) {
        return switch (isolation) {
            case UserNamespace, Rootless -> true;
            case Privileged -> false;
        };
    }

    /**
     * Whether sealed generations have SnapshotClient, which storage charges for: not where Overlay comes first and the
     * cluster can do it, since no volume would ever start from one.
     */
    public static boolean needsSnapshots(List<SeedMode> modes, IsolationForm isolation) {
        return modes.stream()
                        .filter(mode ->
                                mode == SeedMode.Snapshot || (mode == SeedMode.Overlay && locksMounts(isolation)))
                        .findFirst()
                        .orElse(SeedMode.Cold)
                == SeedMode.Snapshot;
    }

    public static Seed cold(String run, String why) {
        return new Seed(SeedMode.Cold, why, null, null, null, null, null, run, List.of());
    }

    private static Seed seed(SeedMode mode, SeedSource source, String run, List<String> refused) {
        var generation = mode == SeedMode.Snapshot ? source.restorable().orElseThrow() : source.generation();
        return new Seed(
                mode,
                "generation " + generation.number() + " of " + source.ref() + ", sealed at commit "
                        + generation.commit()
                        + (refused.isEmpty() ? "" : "; not by " + String.join("; ", refused)),
                source.ref(),
                source.volume().claim(),
                generation.number(),
                generation.commit(),
                mode == SeedMode.Snapshot ? generation.snapshot() : null,
                run,
                List.copyOf(source.needs(generation)));
    }

    /** Why a mode cannot be used for a source; empty if it can. */
    private Optional<String> obstacle(SeedMode mode, SeedSource source) {
        var generation = source.generation();
        var foreign = foreign(generation);
        var unmountable = unless(
                TrustedMounts.isAllowed(means.trust(), means.isolation()),
                "a privileged build of an untrusted ref could write what its pod mounts read-only");
        var standsAlone = generation.needs().isEmpty()
                ? Optional.<String>empty()
                : Optional.of("it is made of other volumes' layers too");
        return switch (mode) {
            case Overlay ->
                unmountable
                        .or(() -> foreign)
                        .or(() -> unless(
                                locksMounts(means.isolation()),
                                "a privileged daemon could write what it mounts read-only"))
                        .or(() -> unless(
                                source.needs(generation).size() <= MOST_VOLUMES,
                                "it is made of too many volumes' layers"));
            case Snapshot ->
                unless(means.fresh(), "the volume exists already")
                        .or(() -> unless(source.restorable().isPresent(), source.noSnapshot()))
                        .or(() -> source.restorable().flatMap(this::foreign));
            case Copy ->
                unmountable
                        .or(() -> foreign)
                        .or(() -> standsAlone)
                        .or(() -> unless(
                                Sizes.kib(generation.size()) <= means.copyable(),
                                generation.size() + " cannot be copied within seedWithin of the policy"));
            case Import -> unmountable.or(() -> unless(generation.exported(), "it exported no cache directory"));
            case Rollback, Cold -> Optional.of("not a way to start from another volume");
        };
    }

    /** Written in a way that the daemon here could not read, or would misread. */
    private Optional<String> foreign(SealedGeneration generation) {
        return unless(
                        means.isolation() == generation.isolation(),
                        "sealed under isolation " + generation.isolation() + ", and this volume's is "
                                + means.isolation())
                .or(() -> unless(
                        generation.buildkit().equals(means.buildkit()),
                        "sealed by another BuildKit, " + generation.buildkit()));
    }

    private static Optional<String> unless(boolean fine, String obstacle) {
        return fine ? Optional.empty() : Optional.of(obstacle);
    }
}
