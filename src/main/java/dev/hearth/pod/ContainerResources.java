package dev.hearth.pod;

import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import java.util.Map;

/**
 * Requests and limits of Hearth's own containers, which do known work: a namespace with a quota of limits admits them, and
 * none takes its node. What runs code of a pipeline has its limits from {@link PodRules}.
 */
public enum ContainerResources {
    /** Looks at or prints files. */
    SCRIPT("10m", "1", "16Mi", "512Mi"),
    /** Copies files; what it has read counts as its memory until the node needs that. */
    COPY("10m", "2", "32Mi", "1Gi"),
    /** Reads a commit from a git server. */
    FETCH("10m", "4", "64Mi", "2Gi"),
    /** A client of a build's daemon, through which its files go. */
    CLIENT("10m", "2", "32Mi", "1Gi"),
    /** The operator's image with a small heap. */
    WORKER("10m", "2", "96Mi", "512Mi"),
    /** A daemon that builds something tiny. */
    TRIAL("50m", "2", "64Mi", "1Gi");

    public static final String DISK = "ephemeral-storage";

    /** Logs of a container, which the kubelet rotates, and files in folders that its image has. */
    private static final Quantity LITTLE = new Quantity("512Mi");

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
        return with(new Quantity("0"));
    }

    /** With room on the node's disk for what it fills besides: the kubelet counts all volumes of a pod that are there. */
    public ResourceRequirements with(Quantity disk) {
        return new ResourceRequirementsBuilder()
                .withRequests(Map.of("cpu", new Quantity(cpu), "memory", new Quantity(memory), DISK, new Quantity("0")))
                .withLimits(Map.of(
                        "cpu", new Quantity(cpuLimit), "memory", new Quantity(memoryLimit), DISK, LITTLE.add(disk)))
                .build();
    }
}
