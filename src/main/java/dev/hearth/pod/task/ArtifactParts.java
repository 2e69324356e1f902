package dev.hearth.pod.task;

import dev.hearth.pod.ContainerParts;
import dev.hearth.pod.PodVolumes;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The parts of a pod that provide its artifacts.
 *
 * @param mounts mounts of the container that uses the artifacts
 * @param initContainers init containers that copy artifacts and run before all sidecars
 * @param pullSecrets Secrets with which the kubelet pulls artifacts that it mounts
 */
public record ArtifactParts(
        List<Volume> volumes,
        List<VolumeMount> mounts,
        List<Container> initContainers,
        List<LocalObjectReference> pullSecrets) {
    /** Prefix of the names of containers that copy artifacts. */
    public static final String COPY = "artifact-";

    /** The user of tasks, who becomes the owner of the files. */
    private static final long USER = 1000;

    private static final String FILES = "files";
    private static final String FOLDER = "/artifact";

    public ArtifactParts {
        volumes = List.copyOf(volumes);
        mounts = List.copyOf(mounts);
        initContainers = List.copyOf(initContainers);
        pullSecrets = List.copyOf(pullSecrets);
    }

    /**
     * Returns the parts for several artifacts, in the order of their paths.
     *
     * @param byPath mount path of each artifact
     */
    public static ArtifactParts of(Map<String, ArtifactSource> byPath) {
        var volumes = new LinkedHashSet<Volume>();
        var mounts = new ArrayList<VolumeMount>();
        var initContainers = new ArrayList<Container>();
        var secrets = new LinkedHashSet<LocalObjectReference>();
        for (var artifact : new TreeMap<>(byPath).entrySet()) {
            var name = COPY + mounts.size();
            switch (artifact.getValue()) {
                case ArtifactSource.Nothing() -> {
                    volumes.add(PodVolumes.empty(name, PodVolumes.SMALL));
                    mounts.add(PodVolumes.readOnly(name, artifact.getKey()));
                }
                case ArtifactSource.Claimed(var claim, var subPath) -> {
                    volumes.add(PodVolumes.readOnlyClaim(claim, claim));
                    mounts.add(PodVolumes.subPath(claim, artifact.getKey(), subPath, true));
                }
                case ArtifactSource.Mounted(var image, var secret) -> {
                    volumes.add(image(name, image));
                    mounts.add(PodVolumes.readOnly(name, artifact.getKey()));
                    secret.map(LocalObjectReference::new).ifPresent(secrets::add);
                }
                case ArtifactSource.Copied copied -> {
                    volumes.add(PodVolumes.empty(name, copied.size()));
                    // The copy is renamed to this folder when it is complete. Without it the task cannot start.
                    mounts.add(PodVolumes.subPath(name, artifact.getKey(), FILES, true));
                    initContainers.add(copy(name, copied));
                    volumes.addAll(copied.registry().volumes(name));
                }
            }
        }
        return new ArtifactParts(List.copyOf(volumes), mounts, initContainers, List.copyOf(secrets));
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
        return copied.registry()
                .pull(name, copied.image(), FOLDER + "/" + FILES, copied.size())
                .withSecurityContext(ContainerParts.unprivileged()
                        .withRunAsNonRoot(true)
                        .withRunAsUser(USER)
                        .withRunAsGroup(USER)
                        .build())
                .addToVolumeMounts(PodVolumes.writable(name, FOLDER))
                .build();
    }
}
