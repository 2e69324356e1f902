package dev.hearth.pod.task;

import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.PodParts;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a pod needs for its artifacts.
 *
 * @param mounts of the container that uses them
 * @param before init containers, which must not restart
 * @param pullSecrets of the pod, for the kubelet
 */
public record ArtifactParts(
        List<Volume> volumes,
        List<VolumeMount> mounts,
        List<Container> before,
        List<LocalObjectReference> pullSecrets) {
    /** How the names of the containers that copy artifacts begin. */
    public static final String COPY = "artifact-";

    /** The user of a task, whose files they then are. */
    private static final long USER = 1000;

    private static final String FILES = "files";
    private static final String FOLDER = "/artifact";

    public ArtifactParts {
        volumes = List.copyOf(volumes);
        mounts = List.copyOf(mounts);
        before = List.copyOf(before);
        pullSecrets = List.copyOf(pullSecrets);
    }

    /**
     * Of several artifacts, always in the same order.
     *
     * @param byPath where each is mounted
     */
    public static ArtifactParts of(Map<String, ArtifactSource> byPath) {
        var volumes = new LinkedHashSet<Volume>();
        var mounts = new ArrayList<VolumeMount>();
        var before = new ArrayList<Container>();
        var secrets = new LinkedHashSet<LocalObjectReference>();
        for (var artifact : new TreeMap<>(byPath).entrySet()) {
            var name = COPY + mounts.size();
            switch (artifact.getValue()) {
                case ArtifactSource.Nothing() -> {
                    volumes.add(PodParts.empty(name, PodParts.SMALL));
                    mounts.add(PodParts.readOnly(name, artifact.getKey()));
                }
                case ArtifactSource.Claimed(var claim, var subPath) -> {
                    volumes.add(PodParts.claim(claim, claim));
                    mounts.add(PodParts.part(claim, artifact.getKey(), subPath, true));
                }
                case ArtifactSource.Mounted(var image, var secret) -> {
                    volumes.add(image(name, image));
                    mounts.add(PodParts.readOnly(name, artifact.getKey()));
                    secret.map(LocalObjectReference::new).ifPresent(secrets::add);
                }
                case ArtifactSource.Copied copied -> {
                    volumes.add(PodParts.empty(name, copied.size()));
                    // The folder that the copy is renamed to: without it the task cannot start.
                    mounts.add(PodParts.part(name, artifact.getKey(), FILES, true));
                    before.add(copy(name, copied));
                    copied.secret()
                            .ifPresent(secret -> volumes.add(WorkerContainer.credentials(name + "-secret", secret)));
                }
            }
        }
        return new ArtifactParts(List.copyOf(volumes), mounts, before, List.copyOf(secrets));
    }

    private static Volume image(String name, String reference) {
        return new VolumeBuilder()
                .withName(name)
                .withNewImage()
                .withReference(reference)
                .withPullPolicy("IfNotPresent")
                .endImage()
                .build();
    }

    private static Container copy(String name, ArtifactSource.Copied copied) {
        var limit = Quantity.getAmountInBytes(copied.size()).toBigInteger();
        var container = copied.worker()
                .command(name, "fetch", copied.image(), FOLDER + "/" + FILES, limit.toString())
                .withSecurityContext(PodParts.unprivileged()
                        .withRunAsNonRoot(true)
                        .withRunAsUser(USER)
                        .withRunAsGroup(USER)
                        .build())
                .withVolumeMounts(PodParts.writable(name, FOLDER))
                .withResources(ContainerResources.WORKER.with(copied.size()));
        copied.secret()
                .ifPresent(_ -> container
                        .addToVolumeMounts(WorkerContainer.credentialsMount(name + "-secret"))
                        .addToEnv(WorkerContainer.credentialsFolder()));
        return container.build();
    }
}
