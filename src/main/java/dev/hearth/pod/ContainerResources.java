package dev.hearth.pod;

import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import java.util.Map;

/**
 * Requests and limits of Hearth's own containers, whose work is known. With limits, a namespace with a ResourceQuota
 * admits them, and none can exhaust its node. Containers that run code of a pipeline get their limits from {@link
 * PodRules}.
 */
public enum ContainerResources {
    /** Reads or prints files. */
    SCRIPT("10m", "1", "16Mi", "512Mi"),
    /** Copies files. The page cache of the files counts as memory of the container until the node needs it. */
    COPY("10m", "2", "32Mi", "1Gi"),
    /** Fetches a commit from a git server. */
    FETCH("10m", "4", "64Mi", "2Gi"),
    /** A client of the daemon, which passes files to it and receives files from it. */
    CLIENT("10m", "2", "32Mi", "1Gi"),
    /** Pushes, pulls and deletes what is in a registry. */
    REGISTRY("10m", "2", "32Mi", "512Mi"),
    /** The daemon of a preflight, which builds a small image. */
    PREFLIGHT("50m", "2", "64Mi", "1Gi");

    public static final String DISK = "ephemeral-storage";

    /** Disk for the log of a container, which the kubelet rotates, and for files in folders of its image. */
    private static final Quantity OWN_DISK = new Quantity("512Mi");

    private final String cpu;
    private final String cpuLimit;
    private final String memory;
    private final String memoryLimit;

    ContainerResources(String cpu, String cpuLimit, String memory, String memoryLimit) {
        this.cpu = cpu;
        this.cpuLimit = cpuLimit;
        this.memory = memory;
        this.memoryLimit = memoryLimit;
    }

    public ResourceRequirements resources() {
        return withDisk(new Quantity("0"));
    }

    /**
     * Returns the resources with a limit for the node's disk that includes the pod's empty directories: the kubelet
     * counts them for the container.
     *
     * @param disk size of these directories
     */
    public ResourceRequirements withDisk(Quantity disk) {
        return new ResourceRequirementsBuilder()
                .withRequests(Map.of("cpu", new Quantity(cpu), "memory", new Quantity(memory), DISK, new Quantity("0")))
                .withLimits(Map.of(
                        "cpu", new Quantity(cpuLimit), "memory", new Quantity(memoryLimit), DISK, OWN_DISK.add(disk)))
                .build();
    }
}
