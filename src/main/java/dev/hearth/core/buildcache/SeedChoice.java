package dev.hearth.core.buildcache;

import dev.hearth.api.IsolationForm;
import dev.hearth.api.SealedGeneration;
import dev.hearth.api.Seed;
import dev.hearth.api.SeedBuilder;
import dev.hearth.api.SeedMode;
import dev.hearth.api.Trust;
import dev.hearth.core.text.Sizes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Chooses the seed of a volume: the first source for which one of the policy's modes is possible, with the first such mode.
 *
 * @param modes in the policy's order
 * @param sources in the order of the seed refs
 * @param constraints what the cluster and the volume allow
 */
public record SeedChoice(List<SeedMode> modes, List<SeedSource> sources, Constraints constraints) {

    /**
     * What the cluster and the volume allow.
     *
     * @param trust of the ref whose builds use the volume
     * @param isolation of the builds on the volume
     * @param fresh whether the volume is not created yet: only then can a snapshot fill it
     * @param copyable the most that can be copied within {@code seedWithin} of the policy, in KiB
     * @param buildkit the version of BuildKit that will read the seed
     */
    public record Constraints(Trust trust, IsolationForm isolation, boolean fresh, long copyable, String buildkit) {}

    /** The most volumes that one pod mounts read-only. It limits chains of branches that were made from branches. */
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
     * Whether trusted runs export cache directories. That costs each of them time, so they do it only if the first possible
     * mode is Import.
     */
    public static boolean needsExports(List<SeedMode> modes, IsolationForm isolation) {
        return modes.stream()
                                .filter(mode -> mode != SeedMode.Overlay || locksMounts(isolation))
                                .findFirst()
                                .orElse(SeedMode.Cold)
                        == SeedMode.Import
                // The kubelet creates the folder for the export as root, so a rootless daemon cannot write it.
                && isolation != IsolationForm.Rootless;
    }

    /** Whether the daemon runs in its own user namespace, in which it cannot remount a read-only volume read-write. */
    private static boolean locksMounts(IsolationForm isolation) {
        return switch (isolation) {
            case UserNamespace, Rootless -> true;
            case Privileged -> false;
        };
    }

    /**
     * Whether sealed generations get VolumeSnapshots, which cost storage. They do not if Overlay is possible and comes
     * before Snapshot, since then no volume is seeded from a snapshot.
     */
    public static boolean needsSnapshots(List<SeedMode> modes, IsolationForm isolation) {
        return modes.stream()
                        .filter(mode ->
                                mode == SeedMode.Snapshot || (mode == SeedMode.Overlay && locksMounts(isolation)))
                        .findFirst()
                        .orElse(SeedMode.Cold)
                == SeedMode.Snapshot;
    }

    /**
     * Whether pods may mount volumes of other refs: with most storage they then have to run on the same node. They need not if
     * volumes are seeded from snapshots, or from nothing.
     */
    public static boolean mountsOthers(List<SeedMode> modes) {
        return modes.stream()
                .findFirst()
                .filter(mode -> mode != SeedMode.Snapshot && mode != SeedMode.Cold)
                .isPresent();
    }

    public static Seed cold(String run, String why) {
        return SeedBuilder.builder().mode(SeedMode.Cold).message(why).run(run).build();
    }

    private static Seed seed(SeedMode mode, SeedSource source, String run, List<String> refused) {
        var generation = mode == SeedMode.Snapshot ? source.restorable().orElseThrow() : source.generation();
        return SeedBuilder.builder()
                .mode(mode)
                .message("generation " + generation.number() + " of " + source.ref() + ", sealed at commit "
                        + generation.commit()
                        + (refused.isEmpty() ? "" : "; not by " + String.join("; ", refused)))
                .run(run)
                .ref(source.ref())
                .claim(source.volume().claim())
                .generation(generation.number())
                .commit(generation.commit())
                .snapshot(mode == SeedMode.Snapshot ? generation.snapshot() : null)
                .needs(List.copyOf(source.needs(generation)))
                .build();
    }

    /** Returns why a mode cannot be used for a source; empty if it can. */
    private Optional<String> obstacle(SeedMode mode, SeedSource source) {
        var generation = source.generation();
        var foreign = foreign(generation);
        var unmountable = unless(
                TrustedMounts.isAllowed(constraints.trust(), constraints.isolation()),
                "a privileged build of an untrusted ref could write to a volume that its pod mounts read-only");
        var standsAlone = generation.needs().isEmpty()
                ? Optional.<String>empty()
                : Optional.of("it needs layers of other volumes");
        return switch (mode) {
            case Overlay ->
                unmountable
                        .or(() -> foreign)
                        .or(() -> unless(
                                locksMounts(constraints.isolation()),
                                "a privileged daemon could write to a volume that it mounts read-only"))
                        .or(() -> unless(
                                source.needs(generation).size() <= MOST_VOLUMES,
                                "it needs layers of more than " + MOST_VOLUMES + " volumes"));
            case Snapshot ->
                unless(constraints.fresh(), "the volume exists already")
                        .or(() -> unless(source.restorable().isPresent(), source.noSnapshot()))
                        .or(() -> source.restorable().flatMap(this::foreign));
            case Copy ->
                unmountable
                        .or(() -> foreign)
                        .or(() -> standsAlone)
                        .or(() -> unless(
                                Sizes.kib(generation.size()) <= constraints.copyable(),
                                generation.size() + " cannot be copied within seedWithin of the CachePolicy"));
            case Import -> unmountable.or(() -> unless(generation.exported(), "it exported no cache directory"));
            case Rollback, Cold -> Optional.of("this mode does not use another volume");
        };
    }

    /** Returns why this volume's daemon cannot read a generation's content; empty if it can. */
    private Optional<String> foreign(SealedGeneration generation) {
        return unless(
                        constraints.isolation() == generation.isolation(),
                        "sealed under isolation " + generation.isolation() + ", but this volume has isolation "
                                + constraints.isolation())
                .or(() -> unless(
                        generation.buildkit().equals(constraints.buildkit()),
                        "sealed by another BuildKit, " + generation.buildkit()));
    }

    private static Optional<String> unless(boolean fine, String obstacle) {
        return fine ? Optional.empty() : Optional.of(obstacle);
    }
}
