package dev.hearth.pod.build;

import dev.hearth.api.IsolationForm;
import dev.hearth.api.SeedMode;
import dev.hearth.buildkit.BuildCommand;
import dev.hearth.core.buildcache.CacheMount;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Step;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.pod.PodFrame;
import dev.hearth.pod.PodParts;
import dev.hearth.pod.PodRules;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The pod in which all builds of a platform run: one BuildKit daemon as a sidecar on the scope's volume, one container
 * per solve. They talk over a socket in the pod; nothing listens on the network.
 *
 * @param tools what the pod runs
 * @param toml the daemon's configuration
 * @param isolation how the daemon is kept from the node
 * @param exports whether the solves leave a cache directory to import
 * @param rules of what its daemon takes
 */
public record BuildPod(
        PodFrame frame,
        Tools tools,
        String toml,
        IsolationForm isolation,
        BuildCommand command,
        boolean exports,
        PodRules rules) {
    public static final String DAEMON = "buildkitd";
    /** Long enough to seal a volume once the solves have ended. */
    private static final long GRACE_SECONDS = 300;

    /**
     * What the pod runs.
     *
     * @param buildkit image of daemon and client
     * @param tools image with a shell, coreutils and git
     * @param copyLimit how long a copy may take
     * @param claimBytes size that the volume's claim asks for
     */
    public record Tools(String buildkit, String tools, Duration copyLimit, long claimBytes) {}

    /**
     * Names of Secrets that containers beside the daemon, never a step of the Dockerfile, may read.
     *
     * @param git reads the repository
     * @param push of a build to what pushes its image
     */
    public record Secrets(Optional<String> git, Map<String, String> push) {
        public static final Secrets NONE = new Secrets(Optional.empty(), Map.of());
    }

    public Pod build(String scope, String platform, CacheMount cache, List<Step.Build> builds, Secrets secrets) {
        var source = new SourceContainers(tools.tools(), command.url(), command.commit());
        var told = secrets.git().isPresent() ? command.from(SourceContainers.URL) : command;
        var solve = new SolveContainer(tools.buildkit(), told, cache, isolation, exports);
        var pod = frame.inUserNamespace(isolation == IsolationForm.UserNamespace)
                .pod(spec -> spec.withTerminationGracePeriodSeconds(GRACE_SECONDS)
                        .withInitContainers(before(cache, builds, secrets.git().map(_ -> source)))
                        .withContainers(builds.stream()
                                .map(build -> solve.build(build, secrets))
                                .toList())
                        .withVolumes(volumes(cache, builds, secrets)));
        var metadata = pod.getMetadata();
        metadata.getLabels().putAll(Map.of(ObjectLabels.SCOPE, scope, ObjectLabels.PLATFORM, Names.dashed(platform)));
        metadata.getAnnotations()
                .putAll(Map.of(
                        ObjectLabels.CACHE_FROM,
                        cache.origin(),
                        ObjectLabels.CACHE_REPEATS,
                        String.valueOf(cache.repeatsCommit())));
        return pod;
    }

    /** Which {@link dev.hearth.api.Seed#id} a build pod was made for; empty if it is none of Hearth's. */
    public static String seedOf(Pod pod) {
        return pod.getSpec().getInitContainers().stream()
                .filter(container -> container.getName().equals(DAEMON))
                .flatMap(container -> container.getEnv().stream())
                .filter(variable -> variable.getName().equals(DaemonContainer.SEED_ID))
                .flatMap(variable -> Stream.ofNullable(variable.getValue()))
                .findFirst()
                .orElse("");
    }

    private List<Container> before(CacheMount cache, List<Step.Build> builds, Optional<SourceContainers> source) {
        var containers = new ArrayList<>(IsolationSecurity.before(isolation, tools.buildkit()));
        source.ifPresent(it -> containers.addAll(List.of(it.fetch(), it.serve())));
        if (cache.seeding() && cache.seed().mode() == SeedMode.Copy) {
            containers.add(new CopyContainer(tools.tools(), tools.copyLimit(), isolation).build(cache));
        }
        containers.add(new DaemonContainer(
                        tools.buildkit(),
                        toml,
                        tools.claimBytes(),
                        isolation,
                        PodParts.resources(rules.resources(builds)))
                .build(cache, builds));
        return containers;
    }

    private List<Volume> volumes(CacheMount cache, List<Step.Build> builds, Secrets secrets) {
        var volumes = new ArrayList<Volume>();
        volumes.add(PodParts.claim("cache", cache.claim()));
        cache.readClaims().forEach(claim -> volumes.add(PodParts.claim(claim, claim)));
        volumes.add(PodParts.empty("sockets", PodParts.SMALL));
        volumes.addAll(IsolationSecurity.volumes());
        builds.forEach(build -> volumes.add(IsolationSecurity.temporaryVolume(build.container())));
        if (builds.stream().anyMatch(build -> build.spec().artifact())) {
            volumes.add(PodParts.claim("artifacts", Names.artifacts(frame.run())));
        }
        secrets.git().ifPresent(name -> volumes.addAll(SourceContainers.volumes(name)));
        secrets.push().forEach((build, name) -> volumes.add(dockerConfig("push-" + build, name)));
        return volumes;
    }

    private static Volume dockerConfig(String name, String secret) {
        return new VolumeBuilder()
                .withName(name)
                .withNewSecret()
                .withSecretName(secret)
                .addNewItem(".dockerconfigjson", null, "config.json")
                .endSecret()
                .build();
    }
}
