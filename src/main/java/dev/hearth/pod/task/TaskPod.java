package dev.hearth.pod.task;

import dev.hearth.api.SecretVariable;
import dev.hearth.api.ServiceSpec;
import dev.hearth.api.TaskSpec;
import dev.hearth.core.folder.ReportFolders;
import dev.hearth.core.testreport.ReportGlob;
import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.PodFrame;
import dev.hearth.pod.PodParts;
import dev.hearth.pod.PodRules;
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
 * The pod of a task's leg. Complies with Pod Security level restricted unless the task asks for another: the command is
 * somebody else's code and gets nothing but its image, its artifacts and empty directories to write to.
 *
 * @param told what the command is told of its run, as environment
 * @param toolsImage of the container that keeps reports
 * @param rules of what it may take; runs that are not trusted get no Secrets either
 */
public record TaskPod(PodFrame frame, Map<String, String> told, String toolsImage, PodRules rules) {
    /** The container of the command. */
    public static final String CONTAINER = "task";
    /** Where artifacts are mounted, each at its name. */
    public static final String ARTIFACTS = "/artifacts/";

    /** Long enough for what is kept to be collected after the command; an artifact is read as a whole for its digest. */
    private static final long GRACE_SECONDS = 30;

    private static final long GRACE_WITH_ARTIFACT_SECONDS = 600;

    /**
     * Where a leg leaves files for later steps.
     *
     * @param path on the claim, made by the kubelet
     */
    public record Output(String claim, String path) {}

    /**
     * A file with the tests of a shard.
     *
     * @param configMap that has it
     * @param key of the file
     */
    public record Shard(String configMap, String key) {}

    /**
     * What a leg has besides its spec.
     *
     * @param image that the command runs in
     * @param artifacts files of other steps, mounted below {@link #ARTIFACTS}
     * @param directories that are kept for a later run
     */
    public record Leg(
            String image,
            ArtifactParts artifacts,
            Optional<Output> output,
            Optional<Shard> shard,
            Optional<TaskCacheMounts> directories) {}

    public Pod build(TaskSpec task, Leg leg) {
        var mounts = mounts(task, leg);
        var pod = frame.pod(spec -> spec.withSecurityContext(TaskSecurity.pod(
                        task, leg.output().isPresent() || leg.directories().isPresent()))
                .withNewOs(task.os().name().toLowerCase(Locale.ROOT))
                .withAffinity(leg.directories().map(TaskCacheMounts::affinity).orElse(null))
                .withTerminationGracePeriodSeconds(
                        leg.output().isPresent() ? GRACE_WITH_ARTIFACT_SECONDS : GRACE_SECONDS)
                .withNodeSelector(nodes(task))
                .withTolerations(
                        task.tolerations().stream().map(TaskPod::toleration).toList())
                .withRuntimeClassName(task.runtimeClassName())
                .withImagePullSecrets(leg.artifacts().pullSecrets())
                .withVolumes(volumes(task, leg))
                .withInitContainers(before(task, leg, mounts))
                .addNewContainer()
                .withName(CONTAINER)
                .withImage(leg.image())
                .withCommand(task.command().stream().map(PodParts::literal).toList())
                .withWorkingDir(TaskPaths.of(task.os()).workspace())
                .withEnv(environment(task, leg))
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withSecurityContext(TaskSecurity.container(task, null))
                .withResources(resources(task, leg))
                .withVolumeMounts(withDirectories(mounts, leg))
                .endContainer());
        leg.directories().ifPresent(directories -> directories.note(pod));
        return pod;
    }

    /** Artifacts that are copied into the pod are not what the command has written, and the kubelet counts them too. */
    private ResourceRequirements resources(TaskSpec task, Leg leg) {
        var resources = PodParts.resources(rules.resources(task));
        resources
                .getLimits()
                .computeIfPresent(
                        ContainerResources.DISK,
                        (_, disk) -> disk.add(PodParts.disk(leg.artifacts().volumes())));
        return resources;
    }

    private static Map<String, String> nodes(TaskSpec task) {
        var nodes = new HashMap<>(task.nodeSelector());
        nodes.put("kubernetes.io/os", task.os().name().toLowerCase(Locale.ROOT));
        return nodes;
    }

    /** For the command alone: what keeps reports has no use for them. */
    private static List<VolumeMount> withDirectories(List<VolumeMount> mounts, Leg leg) {
        var all = new ArrayList<>(mounts);
        leg.directories().ifPresent(directories -> all.addAll(directories.mounts()));
        return all;
    }

    /**
     * What fills directories comes before services, so that it ends after them. What keeps comes last of these, so that it is
     * told first that the command has ended.
     */
    private List<Container> before(TaskSpec task, Leg leg, List<VolumeMount> mounts) {
        var containers = new ArrayList<>(leg.artifacts().before());
        leg.directories().ifPresent(directories -> containers.add(directories.container(TaskSecurity.beside(task))));
        for (ServiceSpec service : task.services()) {
            containers.add(ServiceContainer.of(
                    service,
                    rules.resources(service),
                    TaskSecurity.container(task, service.user()),
                    mounts(service, leg)));
        }
        if (task.reports().any() || task.artifact() != null) {
            var keeps = mounts.stream()
                    .filter(mount -> !mount.getMountPath().startsWith(ARTIFACTS))
                    .toList();
            containers.add(new CollectorContainer(
                            toolsImage,
                            globs(task.reports().junit()),
                            globs(task.reports().files()),
                            Optional.ofNullable(task.artifact()).map(it -> it.path()))
                    .build(keeps));
        }
        return containers;
    }

    private static List<ReportGlob> globs(List<String> patterns) {
        return patterns.stream().map(ReportGlob::new).toList();
    }

    private static List<VolumeMount> mounts(TaskSpec task, Leg leg) {
        var mounts = new ArrayList<VolumeMount>();
        mounts.add(PodParts.writable("workspace", TaskPaths.of(task.os()).workspace()));
        mounts.addAll(leg.artifacts().mounts());
        var folders = ReportFolders.of(task);
        IntStream.range(0, folders.size())
                .forEach(at -> mounts.add(PodParts.writable("reports-" + at, folders.get(at))));
        var artifact = task.artifact();
        if (artifact != null) {
            leg.output().ifPresent(it -> mounts.add(PodParts.part("output", artifact.path(), it.path(), false)));
        }
        leg.shard()
                .ifPresent(_ -> mounts.add(
                        PodParts.readOnly("shard", TaskPaths.of(task.os()).shard())));
        return mounts;
    }

    private static List<VolumeMount> mounts(ServiceSpec service, Leg leg) {
        return leg.artifacts().mounts().stream()
                .filter(mount -> service.artifacts()
                        .contains(mount.getMountPath()
                                .substring(ARTIFACTS.length())
                                .split("/", 2)[0]))
                .toList();
    }

    /** Each empty directory may fill what the command may have; all of them together as well, by the kubelet's count. */
    private List<Volume> volumes(TaskSpec task, Leg leg) {
        var disk = Objects.requireNonNull(rules.resources(task).limits().get(ContainerResources.DISK));
        return Stream.of(
                        Stream.of(PodParts.empty("workspace", disk)),
                        IntStream.range(0, ReportFolders.of(task).size())
                                .mapToObj(at -> PodParts.empty("reports-" + at, disk)),
                        leg.artifacts().volumes().stream(),
                        leg.output().map(it -> PodParts.claim("output", it.claim())).stream(),
                        leg.shard().map(TaskPod::volume).stream(),
                        leg.directories().map(TaskCacheMounts::volumes).stream().flatMap(List::stream))
                .flatMap(all -> all)
                .toList();
    }

    private static Volume volume(Shard shard) {
        return new VolumeBuilder()
                .withName("shard")
                .withNewConfigMap()
                .withName(shard.configMap())
                .addNewItem(shard.key(), null, "tests")
                .endConfigMap()
                .build();
    }

    /** What the task asks for wins over what Hearth tells it. */
    private List<EnvVar> environment(TaskSpec task, Leg leg) {
        var plain = new TreeMap<>(told);
        plain.put("CI", "true");
        plain.put("HOME", TaskPaths.of(task.os()).workspace());
        leg.shard()
                .ifPresent(
                        _ -> plain.put("HEARTH_TESTS", TaskPaths.of(task.os()).tests()));
        plain.putAll(task.env());
        var env = new ArrayList<>(PodParts.environment(plain));
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
}
