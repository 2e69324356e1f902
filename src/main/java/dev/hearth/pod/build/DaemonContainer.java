package dev.hearth.pod.build;

import dev.hearth.api.IsolationForm;
import dev.hearth.api.SeedMode;
import dev.hearth.buildkit.BuildCommand;
import dev.hearth.buildkit.ContainerScript;
import dev.hearth.core.buildcache.CacheMount;
import dev.hearth.core.plan.Step;
import dev.hearth.pod.ContainerParts;
import dev.hearth.pod.PodVolumes;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * The BuildKit daemon: a sidecar that starts before the solves and ends after them. Only this container mounts the
 * cache volumes. Its environment tells its script how to seed and seal the volume.
 *
 * @param claimBytes size that the volume's claim requests
 * @param script script that runs as the daemon's user
 * @param resources resources of the daemon and of all build steps that it runs
 */
public record DaemonContainer(
        String image,
        String toml,
        long claimBytes,
        IsolationForm isolation,
        String script,
        ResourceRequirements resources) {
    /** Share of its volume that BuildKit may use after a run. The rest is free for the next run. */
    private static final double USED_SHARE = 0.7;

    public static final String VOLUMES = "/var/lib/hearth/volumes";
    static final String SEED_ID = "SEED_ID";

    public DaemonContainer(
            String image, String toml, long claimBytes, IsolationForm isolation, ResourceRequirements resources) {
        this(image, toml, claimBytes, isolation, ContainerScript.DAEMON.text(), resources);
    }

    public Container build(CacheMount cache, List<Step.Build> builds) {
        return new ContainerBuilder()
                .withName(BuildPod.DAEMON)
                .withImage(image)
                .withRestartPolicy("Always")
                .withCommand(IsolationSecurity.command(isolation))
                .withEnv(environment(cache, builds))
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withSecurityContext(IsolationSecurity.security(isolation))
                .withResources(resources)
                .withVolumeMounts(mounts(cache))
                .build();
    }

    private List<EnvVar> environment(CacheMount cache, List<Step.Build> builds) {
        var seed = cache.seed();
        var steps = builds.stream().map(Step.Build::container).collect(Collectors.joining(" "));
        var environment = new ArrayList<>(List.of(
                env(IsolationSecurity.SCRIPT, ContainerParts.literal(script)),
                env("BUILDKITD_TOML", toml),
                env("NESTED", String.valueOf(isolation == IsolationForm.UserNamespace)),
                env("CLAIM", cache.claim()),
                env(SEED_ID, seed.id()),
                env("SEED_MODE", mode(seed.mode())),
                env("SEED_FROM", Objects.requireNonNullElse(seed.claim(), "")),
                env("SEED_GENERATION", Objects.toString(seed.generation(), "")),
                env("SEAL", cache.sealing().map(String::valueOf).orElse("")),
                env("SEAL_STEPS", steps),
                env("FALLBACK", cache.fallback().map(String::valueOf).orElse("")),
                env("CLAIM_KIB", String.valueOf(claimBytes >> 10)),
                env("KEEP_MB", String.valueOf((long) (claimBytes * USED_SHARE) / 1_000_000)),
                env("KEEP", cache.keep().stream().map(String::valueOf).collect(Collectors.joining(" ")))));
        environment.addAll(IsolationSecurity.environment(isolation));
        return environment;
    }

    /**
     * Returns the script's name of a seed mode. A snapshot or a copy has put a generation on the daemon's own volume.
     */
    private static String mode(SeedMode mode) {
        return switch (mode) {
            case Overlay -> "Overlay";
            case Snapshot, Copy, Rollback -> "Restore";
            case Import, Cold -> "Cold";
        };
    }

    private List<VolumeMount> mounts(CacheMount cache) {
        var mounts = new ArrayList<VolumeMount>();
        mounts.addAll(IsolationSecurity.mounts());
        mounts.add(PodVolumes.writable("cache", VOLUMES + "/" + cache.claim()));
        mounts.add(PodVolumes.writable("sockets", BuildCommand.SOCKETS));
        if (cache.seed().mode() == SeedMode.Overlay || cache.seed().mode() == SeedMode.Rollback) {
            cache.readClaims().forEach(claim -> mounts.add(PodVolumes.readOnly(claim, VOLUMES + "/" + claim)));
        }
        return mounts;
    }

    private static EnvVar env(String name, String value) {
        return ContainerParts.variable(name, value);
    }
}
