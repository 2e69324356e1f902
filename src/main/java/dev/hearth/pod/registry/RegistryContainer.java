package dev.hearth.pod.registry;

import dev.hearth.agent.AgentRequest;
import dev.hearth.agent.ArtifactPullRequest;
import dev.hearth.agent.RegistryAccess;
import dev.hearth.pod.AgentContainer;
import dev.hearth.pod.ContainerParts;
import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.PodVolumes;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A container in which the agent works with a repository of a registry. It runs no code of the pipeline.
 *
 * @param image image of the agent
 * @param insecure registry hosts, with port, that are reached over plain HTTP
 * @param field field of the spec that names the repository, for messages
 * @param secret Secret with the credentials; empty for anonymous access
 */
public record RegistryContainer(String image, Set<String> insecure, String field, Optional<String> secret) {
    /** The exit code of the agent if the registry did not answer as it should, and may later. */
    public static final int UNAVAILABLE = 75;

    /** The longest time that a transfer may take. */
    static final Duration LONGEST = Duration.ofHours(1);

    /** Nodes that can run the agent's image. */
    static final Map<String, String> NODES = Map.of("kubernetes.io/os", "linux");

    private static final String CREDENTIALS = "/run/secrets/registry";
    private static final long USER = 65534;

    public RegistryContainer {
        insecure = Set.copyOf(insecure);
    }

    /** Returns a container without a security context, which the caller adds. */
    ContainerBuilder build(String name, String subcommand, AgentRequest request) {
        var container = AgentContainer.of(name, image, subcommand, request)
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withResources(ContainerResources.REGISTRY.resources());
        if (secret.isPresent()) {
            container.addToVolumeMounts(PodVolumes.readOnly(volume(name), CREDENTIALS));
        }
        return container;
    }

    /**
     * Returns a container that copies an artifact from the registry, without a security context.
     *
     * @param artifact repository and digest
     * @param folder path of the folder that appears in the container once it is complete
     * @param size size that the files may have
     */
    public ContainerBuilder pull(String name, String artifact, String folder, Quantity size) {
        return build(
                        name,
                        "artifact-pull",
                        new ArtifactPullRequest(artifact, folder, bytes(size), access(), LONGEST.toSeconds()))
                .withResources(ContainerResources.REGISTRY.withDisk(size));
    }

    static long bytes(Quantity size) {
        return Quantity.getAmountInBytes(size).toBigInteger().longValueExact();
    }

    /** Returns how the container reaches the registry. */
    RegistryAccess access() {
        return new RegistryAccess(
                field,
                secret.map(_ -> CREDENTIALS).orElse(null),
                insecure.stream().sorted().toList());
    }

    /**
     * Returns the volume with the credentials of a container, if it has any. It is optional: if the Secret does not exist, the
     * agent fails with a message and the pod does not hang.
     */
    public List<Volume> volumes(String container) {
        return secret
                .map(name -> new VolumeBuilder()
                        .withName(volume(container))
                        .withNewSecret()
                        .withSecretName(name)
                        .withOptional(true)
                        .addNewItem()
                        .withKey(".dockerconfigjson")
                        .withPath("config.json")
                        .endItem()
                        .endSecret()
                        .build())
                .stream()
                .toList();
    }

    private static String volume(String container) {
        return container + "-secret";
    }

    /** Returns the security context of a container that reads no files of others. */
    static SecurityContext unprivileged() {
        return ContainerParts.unprivileged()
                .withRunAsNonRoot(true)
                .withRunAsUser(USER)
                .withRunAsGroup(USER)
                .build();
    }
}
