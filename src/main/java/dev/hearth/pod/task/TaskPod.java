package dev.hearth.pod.task;

import dev.hearth.api.OperatingSystem;
import dev.hearth.api.SecretVariable;
import dev.hearth.api.ServiceSpec;
import dev.hearth.api.TaskSpec;
import dev.hearth.core.folder.ReportFolders;
import dev.hearth.core.testreport.ReportGlob;
import dev.hearth.pod.ContainerParts;
import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.pod.PodFrame;
import dev.hearth.pod.PodRules;
import dev.hearth.pod.PodVolumes;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Builds the task pod of a matrix cell. It complies with Pod Security level Restricted unless the task sets another
 * level. The command gets its image, its artifacts and empty directories to write to.
 *
 * @param runVariables environment variables that describe the run
 * @param agentImage image with the agent, which collects reports
 * @param rules rules for its resources; an untrusted run gets no Secrets
 */
public record TaskPod(PodFrame frame, Map<String, String> runVariables, String agentImage, PodRules rules) {
    /** The container of the command. */
    public static final String CONTAINER = "task";
    /** Folder below which artifacts are mounted, each at its name. */
    public static final String ARTIFACTS = "/artifacts/";

    /** Time for collecting reports after the command has ended. */
    private static final long GRACE_SECONDS = 30;

    /** Time for collecting an artifact: all of its files are read to compute the digest. */
    private static final long GRACE_WITH_ARTIFACT_SECONDS = 600;

    /**
     * Where the artifact of a matrix cell is written. The command can write no other folder of the volume but its caches.
     *
     * @param claimUid uid of the claim, which tells it from a later claim of the same name
     * @param path folder on the claim, which the kubelet creates
     */
    public record Output(String claim, String claimUid, String path) {}

    /**
     * The file that lists the tests of a shard.
     *
     * @param configMap ConfigMap of the file
     * @param key key of the file in the ConfigMap
     */
    public record Shard(String configMap, String key) {}

    /**
     * The inputs and outputs of one matrix cell.
     *
     * @param image image in which the command runs
     * @param artifacts artifacts of other steps, mounted below {@link #ARTIFACTS}
     * @param caches task caches
     */
    public record Cell(
            String image,
            ArtifactParts artifacts,
            Optional<Output> output,
            Optional<Shard> shard,
            Optional<TaskCacheMounts> caches) {}

    /**
     * Returns the uid of the claim that a pod writes its artifact to. Empty if it writes none, or if an earlier version of Hearth has
     * created it.
     */
    public static Optional<String> artifactClaimUid(Pod pod) {
        return Optional.ofNullable(pod.getMetadata().getAnnotations())
                .map(annotations -> annotations.get(ObjectLabels.ARTIFACT_CLAIM_UID));
    }

    /** Returns the pod of a matrix cell. */
    public Pod build(TaskSpec task, Cell cell) {
        var mounts = mounts(task, cell);
        var pod = frame.pod(spec -> spec.withSecurityContext(TaskSecurity.pod(
                        task, cell.output().isPresent() || cell.caches().isPresent()))
                .withNewOs(task.os().name().toLowerCase(Locale.ROOT))
                .withTerminationGracePeriodSeconds(
                        cell.output().isPresent() ? GRACE_WITH_ARTIFACT_SECONDS : GRACE_SECONDS)
                .withNodeSelector(nodes(task))
                .withTolerations(
                        task.tolerations().stream().map(TaskPod::toleration).toList())
                .withRuntimeClassName(task.runtimeClassName())
                .withImagePullSecrets(cell.artifacts().pullSecrets())
                .withVolumes(volumes(task, cell))
                .withInitContainers(initContainers(task, cell, mounts))
                .addNewContainer()
                .withName(CONTAINER)
                .withImage(cell.image())
                .withCommand(
                        task.command().stream().map(ContainerParts::literal).toList())
                .withWorkingDir(Paths.of(task.os()).workspace())
                .withEnv(environment(task, cell))
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withSecurityContext(TaskSecurity.container(task))
                .withResources(resources(task, cell))
                .withVolumeMounts(withCaches(mounts, cell))
                .endContainer());
        cell.caches().ifPresent(caches -> caches.note(pod));
        cell.output()
                .ifPresent(output ->
                        pod.getMetadata().getAnnotations().put(ObjectLabels.ARTIFACT_CLAIM_UID, output.claimUid()));
        return pod;
    }

    /** Adds the size of copied artifacts to the disk limit of the command: the kubelet counts them as its files. */
    private ResourceRequirements resources(TaskSpec task, Cell cell) {
        var resources = ContainerParts.resources(rules.resources(task));
        resources
                .getLimits()
                .computeIfPresent(
                        ContainerResources.DISK,
                        (_, disk) -> disk.add(PodVolumes.disk(cell.artifacts().volumes())));
        return resources;
    }

    private static Map<String, String> nodes(TaskSpec task) {
        var nodes = new HashMap<>(task.nodeSelector());
        nodes.put("kubernetes.io/os", task.os().name().toLowerCase(Locale.ROOT));
        return nodes;
    }

    /** Returns the mounts of the command. The container that collects reports does not mount task caches. */
    private static List<VolumeMount> withCaches(List<VolumeMount> mounts, Cell cell) {
        var all = new ArrayList<>(mounts);
        cell.caches().ifPresent(caches -> all.addAll(caches.mounts()));
        return all;
    }

    /**
     * Returns the init containers in the order in which they start; the kubelet ends them in reverse order. The
     * container of the task caches ends after the services, which may still write. The collector comes last so that it
     * is ended first, as soon as the command has ended.
     */
    private List<Container> initContainers(TaskSpec task, Cell cell, List<VolumeMount> mounts) {
        var containers = new ArrayList<>(cell.artifacts().initContainers());
        cell.caches().ifPresent(caches -> containers.add(caches.container(TaskSecurity.taskFiles(task))));
        for (ServiceSpec service : task.services()) {
            containers.add(ServiceContainer.of(
                    service,
                    rules.resources(service),
                    TaskSecurity.container(task, service.user()),
                    mounts(service, cell)));
        }
        if (task.reports().any() || task.artifact() != null) {
            var collected = mounts.stream()
                    .filter(mount -> !mount.getMountPath().startsWith(ARTIFACTS))
                    .toList();
            containers.add(new CollectorContainer(
                            agentImage,
                            globs(task.reports().junit()),
                            globs(task.reports().files()),
                            Optional.ofNullable(task.artifact()).map(it -> it.path()))
                    .build(collected));
        }
        return containers;
    }

    private static List<ReportGlob> globs(List<String> patterns) {
        return patterns.stream().map(ReportGlob::new).toList();
    }

    private static List<VolumeMount> mounts(TaskSpec task, Cell cell) {
        var mounts = new ArrayList<VolumeMount>();
        mounts.add(PodVolumes.writable("workspace", Paths.of(task.os()).workspace()));
        mounts.addAll(cell.artifacts().mounts());
        var folders = ReportFolders.of(task);
        IntStream.range(0, folders.size())
                .forEach(at -> mounts.add(PodVolumes.writable("reports-" + at, folders.get(at))));
        var artifact = task.artifact();
        if (artifact != null) {
            cell.output()
                    .ifPresent(it -> mounts.add(PodVolumes.subPath(it.claim(), artifact.path(), it.path(), false)));
        }
        cell.shard()
                .ifPresent(_ -> mounts.add(
                        PodVolumes.readOnly("shard", Paths.of(task.os()).shard())));
        return mounts;
    }

    private static List<VolumeMount> mounts(ServiceSpec service, Cell cell) {
        return cell.artifacts().mounts().stream()
                .filter(mount -> service.artifacts()
                        .contains(mount.getMountPath()
                                .substring(ARTIFACTS.length())
                                .split("/", 2)[0]))
                .toList();
    }

    /** Limits each empty directory to the disk of the command. The kubelet also limits all of them together to it. */
    private List<Volume> volumes(TaskSpec task, Cell cell) {
        var disk = Objects.requireNonNull(rules.resources(task).limits().get(ContainerResources.DISK));
        return PodVolumes.merged(Stream.of(
                        Stream.of(PodVolumes.empty("workspace", disk)),
                        IntStream.range(0, ReportFolders.of(task).size())
                                .mapToObj(at -> PodVolumes.empty("reports-" + at, disk)),
                        cell.artifacts().volumes().stream(),
                        cell.output().map(it -> PodVolumes.claim(it.claim(), it.claim())).stream(),
                        cell.shard().map(TaskPod::volume).stream(),
                        cell.caches().map(TaskCacheMounts::volumes).stream().flatMap(List::stream))
                .flatMap(all -> all));
    }

    private static Volume volume(Shard shard) {
        return new VolumeBuilder()
                .withName("shard")
                .withNewConfigMap()
                .withName(shard.configMap())
                .addNewItem()
                .withKey(shard.key())
                .withPath("tests")
                .endItem()
                .endConfigMap()
                .build();
    }

    /** Returns the environment. Variables of the task's spec take precedence over those that Hearth sets. */
    private List<EnvVar> environment(TaskSpec task, Cell cell) {
        var plain = new TreeMap<>(runVariables);
        plain.put("CI", "true");
        plain.put("HOME", Paths.of(task.os()).workspace());
        cell.shard()
                .ifPresent(_ -> plain.put("HEARTH_TESTS", Paths.of(task.os()).tests()));
        plain.putAll(task.env());
        var env = new ArrayList<>(ContainerParts.environment(plain));
        if (rules.trusted()) {
            task.secrets().stream().map(TaskPod::secret).forEach(env::add);
        }
        return env;
    }

    private static Toleration toleration(dev.hearth.api.Toleration asked) {
        return new TolerationBuilder()
                .withKey(asked.key())
                .withOperator(asked.operator() == null ? null : asked.operator().name())
                .withValue(asked.value())
                .withEffect(asked.effect() == null ? null : asked.effect().name())
                .withTolerationSeconds(asked.tolerationSeconds())
                .build();
    }

    private static EnvVar secret(SecretVariable secret) {
        return new EnvVarBuilder()
                .withName(secret.name())
                .withNewValueFrom()
                .withNewSecretKeyRef()
                .withName(secret.secretName())
                .withKey(secret.key())
                .endSecretKeyRef()
                .endValueFrom()
                .build();
    }

    /**
     * Where the containers of a task find what Hearth mounts.
     *
     * @param workspace working directory of the command
     * @param shard folder of the file that lists a shard's tests
     * @param tests path of that file
     */
    private record Paths(String workspace, String shard, String tests) {
        private static final Paths LINUX = new Paths("/workspace", "/hearth/shard", "/hearth/shard/tests");
        private static final Paths WINDOWS =
                new Paths("C:\\workspace", "C:\\hearth\\shard", "C:\\hearth\\shard\\tests");

        static Paths of(OperatingSystem os) {
            return switch (os) {
                case Linux -> LINUX;
                case Windows -> WINDOWS;
            };
        }
    }
}
