package dev.hearth.pod.build;

import dev.hearth.agent.DaemonRequest;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.Seed;
import dev.hearth.api.SeedMode;
import dev.hearth.buildkit.BuildRequests;
import dev.hearth.core.buildcache.CacheMount;
import dev.hearth.core.plan.Step;
import dev.hearth.pod.ContainerParts;
import dev.hearth.pod.PodVolumes;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The BuildKit daemon with its agent: a sidecar that starts before the solves and ends after them. Only this container mounts
 * the cache volumes as a whole.
 *
 * @param claimBytes size that the volume's claim requests
 * @param reportBytes length that the agent's report may have
 * @param artifacts beginnings of the names of the artifacts that runs name; empty if it is not known which these are
 * @param resources resources of the daemon and of all build steps that it runs
 */
public record DaemonContainer(
        String image,
        String toml,
        long claimBytes,
        int reportBytes,
        IsolationForm isolation,
        Optional<List<String>> artifacts,
        ResourceRequirements resources) {
    /** Share of its volume that BuildKit may use after a run. The rest is free for the next run. */
    private static final double USED_SHARE = 0.7;

    public static final String VOLUMES = "/var/lib/hearth/volumes";

    /** The operator reads the seed back from it: watches do not keep a whole request. */
    static final String SEED_ID = "SEED_ID";

    public Container build(CacheMount cache, List<Step.Build> builds) {
        return IsolationSecurity.daemon(isolation, image, "daemon", request(cache, builds))
                .addToEnv(ContainerParts.variable(SEED_ID, cache.seed().id()))
                .withResources(resources)
                .withVolumeMounts(mounts(cache))
                .build();
    }

    private DaemonRequest request(CacheMount cache, List<Step.Build> builds) {
        return new DaemonRequest(
                toml,
                IsolationSecurity.isNested(isolation),
                cache.claim(),
                claimBytes >> 10,
                (long) (claimBytes * USED_SHARE) / 1_000_000,
                seed(cache.seed()),
                cache.sealing().orElse(null),
                cache.fallback().orElse(null),
                cache.keep(),
                artifacts.orElse(null),
                builds.stream().map(Step.Build::container).toList(),
                reportBytes);
    }

    /** Returns a seed as the agent is told of it. A snapshot or a copy has put a generation on the daemon's own volume. */
    static DaemonRequest.Seed seed(Seed seed) {
        var mode = switch (seed.mode()) {
            case Overlay -> DaemonRequest.Mode.Overlay;
            case Snapshot, Copy, Rollback -> DaemonRequest.Mode.Restore;
            case Import, Cold -> DaemonRequest.Mode.Cold;
        };
        return mode == DaemonRequest.Mode.Cold
                ? new DaemonRequest.Seed(seed.id(), mode, null, null)
                : new DaemonRequest.Seed(seed.id(), mode, seed.claim(), seed.generation());
    }

    private static List<VolumeMount> mounts(CacheMount cache) {
        var mounts = new ArrayList<>(IsolationSecurity.mounts());
        mounts.add(PodVolumes.writable(BuildPod.CACHE, VOLUMES + "/" + cache.claim()));
        mounts.add(PodVolumes.writable("sockets", BuildRequests.SOCKETS));
        // Links of BuildKit's state name a layer by the claim of its volume, also where that is a copy.
        cache.copiedClaims()
                .forEach(claim -> mounts.add(
                        PodVolumes.subPath(BuildPod.CACHE, VOLUMES + "/" + claim, "volumes/" + claim, false)));
        if (cache.seed().mode() == SeedMode.Overlay || cache.seed().mode() == SeedMode.Rollback) {
            cache.readClaims().forEach(claim -> mounts.add(PodVolumes.readOnly(claim, VOLUMES + "/" + claim)));
        }
        return mounts;
    }
}
