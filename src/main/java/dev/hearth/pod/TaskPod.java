package dev.hearth.pod;

import dev.hearth.api.SecretVariable;
import dev.hearth.api.ServiceSpec;
import dev.hearth.api.TaskSpec;
import dev.hearth.core.run.ArtifactMount;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The pod of a task's leg. Complies with Pod Security level restricted unless the task asks for another: the command is
 * somebody else's code and gets nothing but its image, its artifacts and empty directories to write to.
 *
 * @param trusted whether it may have the Secrets that it names
 */
public record TaskPod(PodFrame frame, String ref, String commit, boolean trusted) {
    /** The container of the command. */
    public static final String CONTAINER = "task";

    private static final String WORKSPACE = "/workspace";
    private static final String SHARD = "/hearth/shard";

    /** Long enough for what is kept to be collected after the command. */
    private static final long GRACE_SECONDS = 30;

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

    public Pod of(
            TaskSpec task,
            String image,
            List<ArtifactMount> artifacts,
            Optional<Output> output,
            Optional<Shard> shard) {
        var mounted = artifacts.stream().map(ArtifactPart::of).toList();
        var level = task.podSecurity();
        return frame.pod(spec -> spec.withSecurityContext(TaskSecurity.pod(task, output.map(_ -> TaskSecurity.USER)))
                .withTerminationGracePeriodSeconds(GRACE_SECONDS)
                .withNodeSelector(task.nodeSelector())
                .withTolerations(task.tolerations())
                .withVolumes(volumes(mounted, output, shard))
                .withInitContainers(task.services().stream()
                        .map(service -> ServiceContainer.of(
                                service, TaskSecurity.container(level, service.user()), mounts(service, artifacts)))
                        .toList())
                .addNewContainer()
                .withName(CONTAINER)
                .withImage(image)
                .withCommand(task.command().stream().map(Parts::literal).toList())
                .withWorkingDir(WORKSPACE)
                .withEnv(environment(task, shard))
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withSecurityContext(TaskSecurity.container(level, null))
                .withResources(Parts.resources(task.resources()))
                .withVolumeMounts(mounts(task, mounted, output, shard))
                .endContainer());
    }

    private static List<VolumeMount> mounts(
            TaskSpec task, List<ArtifactPart> artifacts, Optional<Output> output, Optional<Shard> shard) {
        var mounts = new ArrayList<VolumeMount>();
        mounts.add(Parts.writable("workspace", WORKSPACE));
        artifacts.stream().map(ArtifactPart::mount).forEach(mounts::add);
        var artifact = task.artifact();
        if (artifact != null) {
            output.ifPresent(it -> mounts.add(Parts.part("output", artifact.path(), it.path(), false)));
        }
        shard.ifPresent(_ -> mounts.add(Parts.readOnly("shard", SHARD)));
        return mounts;
    }

    private static List<VolumeMount> mounts(ServiceSpec service, List<ArtifactMount> artifacts) {
        return artifacts.stream()
                .filter(artifact -> service.artifacts().contains(artifact.path().split("/", 2)[0]))
                .map(artifact -> ArtifactPart.of(artifact).mount())
                .toList();
    }

    private static List<Volume> volumes(List<ArtifactPart> artifacts, Optional<Output> output, Optional<Shard> shard) {
        var volumes = new TreeMap<String, Volume>();
        Stream.of(
                        Stream.of(Parts.empty("workspace")),
                        artifacts.stream().map(ArtifactPart::volume),
                        output.map(it -> Parts.claim("output", it.claim())).stream(),
                        shard.map(TaskPod::volume).stream())
                .flatMap(all -> all)
                .forEach(volume -> volumes.put(volume.getName(), volume));
        return List.copyOf(volumes.values());
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
    private List<EnvVar> environment(TaskSpec task, Optional<Shard> shard) {
        var plain = new TreeMap<>(Map.of(
                "CI",
                "true",
                "HOME",
                WORKSPACE,
                "HEARTH_RUN",
                frame.run(),
                "HEARTH_REF",
                ref,
                "HEARTH_COMMIT",
                commit));
        shard.ifPresent(_ -> plain.put("HEARTH_TESTS", SHARD + "/tests"));
        plain.putAll(task.env());
        var env = new ArrayList<>(Parts.environment(plain));
        if (trusted) {
            task.secrets().stream().map(TaskPod::secret).forEach(env::add);
        }
        return env;
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
