package dev.hearth.pod;

import dev.hearth.api.Resources;
import dev.hearth.core.plan.Names;
import io.fabric8.kubernetes.api.model.EmptyDirVolumeSource;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Volumes, mounts and what Hearth's own containers may do, said shortly. A claim, whose name may be longer than a volume may
 * have, can give a volume its.
 */
public final class PodParts {
    /** Size of a folder with links, mount points, sockets or states of running containers. */
    public static final String SMALL = "64Mi";

    private PodParts() {}

    /** No rights at all; the caller says who it is. */
    public static SecurityContextBuilder unprivileged() {
        return new SecurityContextBuilder()
                .withReadOnlyRootFilesystem(true)
                .withAllowPrivilegeEscalation(false)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile();
    }

    /** The kubelet evicts the pod when the volume grows beyond the limit. */
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

    /** Read-only at each mount, not here: a claim that a pod holds read-only may not be mounted beside a writer. */
    public static Volume claim(String name, String claim) {
        return new VolumeBuilder()
                .withName(Names.bounded(name))
                .withNewPersistentVolumeClaim(claim, false)
                .build();
    }

    public static Volume secret(String name, String secret) {
        return new VolumeBuilder()
                .withName(Names.bounded(name))
                .withNewSecret()
                .withSecretName(secret)
                .endSecret()
                .build();
    }

    /** Kubernetes expands $(NAME) in commands and environments, and makes one dollar of two. */
    public static String literal(String text) {
        return text.replace("$", "$$");
    }

    /** In the order of their names, with their values as they are written. */
    public static List<EnvVar> environment(Map<String, String> variables) {
        return new TreeMap<>(variables)
                .entrySet().stream()
                        .map(variable -> new EnvVarBuilder()
                                .withName(variable.getKey())
                                .withValue(literal(variable.getValue()))
                                .build())
                        .toList();
    }

    /** What all empty directories of a pod may have on the node's disk. */
    public static Quantity disk(List<Volume> volumes) {
        return volumes.stream()
                .flatMap(volume -> Stream.ofNullable(volume.getEmptyDir()))
                .map(EmptyDirVolumeSource::getSizeLimit)
                .reduce(new Quantity("0"), Quantity::add);
    }

    public static ResourceRequirements resources(Resources resources) {
        return new ResourceRequirementsBuilder()
                .withRequests(resources.requests())
                .withLimits(resources.limits())
                .build();
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

    public static VolumeMount part(String name, String path, String subPath, boolean readOnly) {
        return new VolumeMountBuilder()
                .withName(Names.bounded(name))
                .withMountPath(path)
                .withSubPath(subPath)
                .withReadOnly(readOnly)
                .build();
    }
}
