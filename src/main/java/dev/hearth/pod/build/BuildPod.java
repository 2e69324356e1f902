package dev.hearth.pod.build;

import dev.hearth.agent.AgentRequest;
import dev.hearth.agent.SolveRequest;
import dev.hearth.api.BuiltCompletely;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.SeedMode;
import dev.hearth.buildkit.BuildRequests;
import dev.hearth.core.buildcache.CacheMount;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Step;
import dev.hearth.pod.ContainerParts;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.pod.PodFrame;
import dev.hearth.pod.PodRequests;
import dev.hearth.pod.PodRules;
import dev.hearth.pod.PodVolumes;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Builds the pod in which all solves of a run and platform run: one BuildKit daemon as a sidecar on the cache volume,
 * and one container for each solve. They communicate over a socket in the pod; nothing listens on the network.
 *
 * @param settings image and limits of the pod
 * @param toml the daemon's configuration
 * @param isolation how the daemon is separated from the node
 * @param exports whether the solves export a cache directory that other volumes can import
 * @param artifacts beginnings of the names of the artifacts on the volume that runs name; empty if it is not known which these are
 * @param skipped builds that the pod has containers for, and that the run does not need to solve
 * @param rules rules for the daemon's resources
 */
@BuiltCompletely
public record BuildPod(
        PodFrame frame,
        Settings settings,
        String toml,
        IsolationForm isolation,
        BuildRequests requests,
        boolean exports,
        Optional<List<String>> artifacts,
        List<Step.Build> skipped,
        PodRules rules) {
    public static final String DAEMON = "buildkitd";
    /** The volume that the pod writes. */
    static final String CACHE = "cache";

    private static final Map<String, String> NODES = Map.of("kubernetes.io/os", "linux");

    /** Long enough to seal a volume after the solves have ended. */
    private static final long GRACE_SECONDS = 300;

    /** What the kubelet keeps of the termination messages of a pod, and of one of them. */
    private static final int REPORTS_BYTES = 12_288;

    private static final int REPORT_BYTES = 4096;

    /** Containers that a pod may have besides the solves: own, copy, the daemon, fetch and source. */
    private static final int OTHER_CONTAINERS = 5;

    /**
     * The image and limits of the pod.
     *
     * @param agent image of the daemon and of the agent
     * @param copyLimit time limit of a copy from another volume
     * @param waitLimit how long a container waits for its request
     * @param claimBytes size that the volume's claim requests
     */
    public record Settings(String agent, Duration copyLimit, Duration waitLimit, long claimBytes) {}

    /**
     * Names of Secrets that containers beside the daemon may read. Steps of the Dockerfile never can.
     *
     * @param git credentials of the repository
     * @param push name of a build to the credentials with which its image is pushed
     */
    public record Secrets(Optional<String> git, Map<String, String> push) {
        public static final Secrets NONE = new Secrets(Optional.empty(), Map.of());
    }

    public Pod build(String scope, String platform, CacheMount cache, List<Step.Build> builds, Secrets secrets) {
        var source = source();
        var solve = solve(cache, builds, secrets);
        var pod = frame.withUserNamespace(isolation == IsolationForm.UserNamespace)
                .pod(spec -> spec.withNodeSelector(NODES)
                        .withTerminationGracePeriodSeconds(GRACE_SECONDS)
                        .withInitContainers(initContainers(
                                cache,
                                builds,
                                secrets.git().isPresent() ? List.of(source.fetch(), source.serve()) : List.of()))
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
                        String.valueOf(cache.repeatsCommit()),
                        ObjectLabels.REQUESTS,
                        podRequests(cache, builds, secrets).annotation()));
        if (!skipped.isEmpty()) {
            metadata.getAnnotations()
                    .put(
                            ObjectLabels.SKIPS,
                            skipped.stream().map(Step.Build::container).collect(Collectors.joining(",")));
        }
        return pod;
    }

    /** Returns the requests of the pod's containers that depend on the commit. */
    public PodRequests podRequests(CacheMount cache, List<Step.Build> builds, Secrets secrets) {
        var all = new HashMap<String, AgentRequest>();
        var solve = solve(cache, builds, secrets);
        builds.forEach(build -> all.put(build.container(), solve.request(build)));
        skipped.forEach(build -> all.put(build.container(), SolveRequest.skipped(build.container())));
        if (secrets.git().isPresent()) {
            all.put(SourceContainers.FETCH, source().request());
        }
        return new PodRequests(all);
    }

    private SourceContainers source() {
        return new SourceContainers(settings.agent(), requests.url(), requests.commit(), settings.waitLimit());
    }

    private SolveContainer solve(CacheMount cache, List<Step.Build> builds, Secrets secrets) {
        var solved = secrets.git().isPresent() ? requests.from(SourceContainers.URL) : requests;
        return new SolveContainer(
                settings.agent(), settings.waitLimit(), solved, cache, isolation, exports, reportBytes(builds));
    }

    /** Returns a build pod as one that waits for a run. The kubelet does not end it, and it does not keep its node. */
    public static Pod warm(Pod pod, String fingerprint) {
        var metadata = pod.getMetadata();
        metadata.getLabels().put(ObjectLabels.WARM, "true");
        metadata.setAnnotations(Map.of(
                ObjectLabels.FINGERPRINT,
                fingerprint,
                ObjectLabels.MEMORY,
                String.valueOf(requestedMemory(pod)),
                PodFrame.SAFE_TO_EVICT,
                "true"));
        pod.getSpec().setActiveDeadlineSeconds(null);
        return pod;
    }

    private static long requestedMemory(Pod pod) {
        return Stream.concat(pod.getSpec().getInitContainers().stream(), pod.getSpec().getContainers().stream())
                .flatMap(container -> Stream.ofNullable(container.getResources()))
                .flatMap(resources -> Stream.ofNullable(resources.getRequests()))
                .flatMap(requests -> Stream.ofNullable(requests.get("memory")))
                .mapToLong(memory -> Quantity.getAmountInBytes(memory).longValue())
                .sum();
    }

    /**
     * Returns what changes of a pod that waits when a run takes it.
     *
     * @param own the pod that the run would create
     * @param limit time after the creation of the pod after which the kubelet ends it
     */
    public static Pod taken(Pod own, ScopeVolume.Warm warm, Duration limit, Instant now) {
        var metadata = own.getMetadata();
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace(metadata.getNamespace())
                .withName(warm.pod())
                .withUid(warm.uid())
                .withLabels(metadata.getLabels())
                .withAnnotations(metadata.getAnnotations())
                .addToAnnotations(ObjectLabels.REPLACES, metadata.getName())
                .addToAnnotations(ObjectLabels.TAKEN_AT, now.toString())
                .withOwnerReferences(metadata.getOwnerReferences())
                .endMetadata()
                .withNewSpec()
                .withActiveDeadlineSeconds(Math.max(1, limit.toSeconds()))
                .endSpec()
                .build();
    }

    /**
     * Returns the name by which a run knows a pod of its own: for a pod that it has taken, that of the pod that it would have
     * created.
     */
    public static String roleOf(Pod pod) {
        var metadata = pod.getMetadata();
        return isWarm(pod)
                ? metadata.getAnnotations().getOrDefault(ObjectLabels.REPLACES, metadata.getName())
                : metadata.getName();
    }

    /** Whether a pod that waits for a run was told to end. It has no deadline otherwise. */
    public static boolean isToldToEnd(Pod pod) {
        return pod.getSpec().getActiveDeadlineSeconds() != null;
    }

    /** Whether a pod has a container that builds for its run: one of this name that does not skip its solve. */
    public static boolean solves(Pod pod, String container) {
        var skipped = pod.getMetadata().getAnnotations() == null
                ? ""
                : pod.getMetadata().getAnnotations().getOrDefault(ObjectLabels.SKIPS, "");
        return pod.getSpec().getContainers().stream()
                        .anyMatch(it -> it.getName().equals(container))
                && !List.of(skipped.split(",", -1)).contains(container);
    }

    /** Returns the bytes of memory that a pod which waits asks its node for. A user's pod may have the label, and anything in it. */
    public static long memory(Pod pod) {
        return Optional.ofNullable(pod.getMetadata().getAnnotations().get(ObjectLabels.MEMORY))
                .filter(bytes -> bytes.matches("[0-9]{1,18}"))
                .map(Long::parseLong)
                .orElse(0L);
    }

    /** Whether a pod was created before the run that uses it. */
    public static boolean isWarm(Pod pod) {
        var labels = pod.getMetadata().getLabels();
        return labels != null && labels.containsKey(ObjectLabels.WARM);
    }

    /** Returns the claim of the cache volume on which a build pod leaves artifacts. */
    public static Optional<String> claimOf(Pod pod) {
        return pod.getSpec().getVolumes().stream()
                .filter(volume -> volume.getName().equals(CACHE) && volume.getPersistentVolumeClaim() != null)
                .map(volume -> volume.getPersistentVolumeClaim().getClaimName())
                .findFirst();
    }

    /**
     * Returns the {@link dev.hearth.api.Seed#id} that a build pod was created for, or the empty string for another pod.
     */
    public static String seedOf(Pod pod) {
        return pod.getSpec().getInitContainers().stream()
                .filter(container -> container.getName().equals(DAEMON))
                .flatMap(container -> container.getEnv().stream())
                .filter(variable -> variable.getName().equals(DaemonContainer.SEED_ID))
                .flatMap(variable -> Stream.ofNullable(variable.getValue()))
                .findFirst()
                .orElse("");
    }

    /** Returns how long a report may be: the kubelet divides what it keeps of a pod by the number of its containers. */
    private int reportBytes(List<Step.Build> builds) {
        return Math.min(REPORT_BYTES, REPORTS_BYTES / (builds.size() + skipped.size() + OTHER_CONTAINERS));
    }

    private List<Container> initContainers(CacheMount cache, List<Step.Build> builds, List<Container> source) {
        var containers =
                new ArrayList<>(IsolationSecurity.initContainers(isolation, settings.agent(), cache.copiedClaims()));
        if (cache.seeding() && cache.seed().mode() == SeedMode.Copy) {
            containers.add(new CopyContainer(settings.agent(), settings.copyLimit(), isolation).build(cache));
        }
        containers.add(new DaemonContainer(
                        settings.agent(),
                        toml,
                        settings.claimBytes(),
                        reportBytes(builds),
                        isolation,
                        artifacts,
                        ContainerParts.resources(rules.resources(builds)))
                .build(cache, builds));
        containers.addAll(source);
        return containers;
    }

    private List<Volume> volumes(CacheMount cache, List<Step.Build> builds, Secrets secrets) {
        var volumes = new ArrayList<Volume>();
        volumes.add(PodVolumes.claim(CACHE, cache.claim()));
        cache.readClaims().forEach(claim -> volumes.add(PodVolumes.claim(claim, claim)));
        volumes.add(PodVolumes.empty("sockets", PodVolumes.SMALL));
        volumes.add(PodRequests.volume());
        volumes.addAll(IsolationSecurity.volumes());
        builds.forEach(build -> volumes.add(IsolationSecurity.temporaryVolume(build.container())));
        secrets.git().ifPresent(name -> volumes.addAll(SourceContainers.volumes(name)));
        secrets.push().forEach((build, name) -> volumes.add(dockerConfig("push-" + build, name)));
        return volumes;
    }

    private static Volume dockerConfig(String name, String secret) {
        return new VolumeBuilder()
                .withName(name)
                .withNewSecret()
                .withSecretName(secret)
                .addNewItem()
                .withKey(".dockerconfigjson")
                .withPath("config.json")
                .endItem()
                .endSecret()
                .build();
    }
}
