package dev.hearth.pod;

import dev.hearth.core.plan.Names;
import io.fabric8.kubernetes.api.model.EmptyDirVolumeSource;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Builds volumes and mounts. Names are shortened to the length that Kubernetes allows for a volume, so that a volume
 * can have the name of its claim, which may be longer.
 */
public final class PodVolumes {
    /** Size limit of a volume that holds links, mount points, sockets or states of running containers only. */
    public static final String SMALL = "64Mi";

    private PodVolumes() {}

    /** Returns an empty directory. The kubelet evicts the pod when the directory grows beyond the limit. */
    public static Volume empty(String name, Quantity sizeLimit) {
        return new VolumeBuilder()
                .withName(Names.bounded(name))
                .withNewEmptyDir()
                .withSizeLimit(sizeLimit)
                .endEmptyDir()
                .build();
    }

    public static Volume empty(String name, String sizeLimit) {
        return empty(name, new Quantity(sizeLimit));
    }

    /** Returns a volume of a claim. Mounts decide whether it is read-only. */
    public static Volume claim(String name, String claim) {
        return new VolumeBuilder()
                .withName(Names.bounded(name))
                .withNewPersistentVolumeClaim(claim, false)
                .build();
    }

    /**
     * Returns a volume of a claim that no container of the pod can write. The kubelet does not give its files to the group of the
     * pod.
     */
    public static Volume readOnlyClaim(String name, String claim) {
        return new VolumeBuilder()
                .withName(Names.bounded(name))
                .withNewPersistentVolumeClaim(claim, true)
                .build();
    }

    /**
     * Returns each volume once. Of two with the same claim the writable one stays: a kubelet may wait forever for a second volume of
     * a claim, and mounts decide what is read-only.
     */
    public static List<Volume> merged(Stream<Volume> volumes) {
        return List.copyOf(volumes.collect(Collectors.toMap(
                        Volume::getName, Function.identity(), PodVolumes::writable, LinkedHashMap::new))
                .values());
    }

    private static Volume writable(Volume one, Volume other) {
        var claim = one.getPersistentVolumeClaim();
        return claim != null && Boolean.TRUE.equals(claim.getReadOnly()) ? other : one;
    }

    public static Volume secret(String name, String secret) {
        return new VolumeBuilder()
                .withName(Names.bounded(name))
                .withNewSecret()
                .withSecretName(secret)
                .endSecret()
                .build();
    }

    /** Returns the disk space of the node that all empty directories among the volumes may use together. */
    public static Quantity disk(List<Volume> volumes) {
        return volumes.stream()
                .flatMap(volume -> Stream.ofNullable(volume.getEmptyDir()))
                .map(EmptyDirVolumeSource::getSizeLimit)
                .reduce(new Quantity("0"), Quantity::add);
    }

    public static VolumeMount writable(String name, String path) {
        return new VolumeMountBuilder()
                .withName(Names.bounded(name))
                .withMountPath(path)
                .build();
    }

    public static VolumeMount readOnly(String name, String path) {
        return new VolumeMountBuilder()
                .withName(Names.bounded(name))
                .withMountPath(path)
                .withReadOnly(true)
                .build();
    }

    /** Returns a mount of one folder of a volume. */
    public static VolumeMount subPath(String name, String path, String subPath, boolean readOnly) {
        return new VolumeMountBuilder()
                .withName(Names.bounded(name))
                .withMountPath(path)
                .withSubPath(subPath)
                .withReadOnly(readOnly)
                .build();
    }
}
