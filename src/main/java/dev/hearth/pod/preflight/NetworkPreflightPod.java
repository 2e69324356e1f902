package dev.hearth.pod.preflight;

import dev.hearth.agent.NetworkPreflightRequest;
import dev.hearth.api.Trust;
import dev.hearth.core.isolation.NetworkIsolation;
import dev.hearth.core.plan.Names;
import dev.hearth.pod.AgentContainer;
import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Builds the pod that finds out whether the cluster enforces NetworkPolicies. They select it like the pod of an
 * untrusted run, and it tries to connect to addresses that such a pod must not reach. Network plugins apply policies a
 * moment after a pod has its address, so the pod repeats its attempts for a while until all of them fail.
 *
 * @param image image of the agent
 * @param owner object with which Kubernetes deletes the pod if the operator does not
 */
public record NetworkPreflightPod(String namespace, String image, OwnerReference owner) {
    /** The pipeline name in the pod's labels, by which the policies select it. No pipeline of this name exists. */
    public static final String PIPELINE = "network-preflight";

    /** A name that each cluster has. Without an answer there is no result: a pod without any network connects to nothing. */
    private static final String NAME = "kubernetes.default.svc";

    /** Exit codes of the agent. */
    private static final int REACHED = 71;

    private static final int WITHOUT_NETWORK = 75;
    private static final long USER = 65534;
    private static final Duration TIME_LIMIT = Duration.ofMinutes(5);

    /**
     * Returns the pod.
     *
     * @param addresses addresses to try, each a host and a port separated by a colon
     */
    public Pod pod(List<String> addresses) {
        var frame = new PreflightFrame(namespace, Names.networkPreflight(), owner, TIME_LIMIT);
        var container = AgentContainer.of(
                        "preflight", image, "network-preflight", new NetworkPreflightRequest(NAME, addresses))
                .withResources(ContainerResources.SCRIPT.resources())
                .withNewSecurityContext()
                .withAllowPrivilegeEscalation(false)
                .withReadOnlyRootFilesystem(true)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .endSecurityContext()
                .build();
        var pod = frame.pod(spec -> spec.withNewSecurityContext()
                .withRunAsNonRoot(true)
                .withRunAsUser(USER)
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile()
                .endSecurityContext()
                .withContainers(container));
        pod.getMetadata()
                .getLabels()
                .putAll(Map.of(ObjectLabels.PIPELINE, PIPELINE, ObjectLabels.TRUST, Trust.Untrusted.name()));
        return pod;
    }

    /** Returns the result of a pod that this class has built. Empty while the pod runs. */
    public static Optional<NetworkIsolation> read(Pod pod) {
        return pod.getStatus().getContainerStatuses().stream()
                .flatMap(status -> Optional.ofNullable(status.getState().getTerminated()).stream())
                .findFirst()
                .map(ended -> switch (ended.getExitCode()) {
                    case 0 -> new NetworkIsolation.Enforced();
                    case REACHED -> new NetworkIsolation.Open(String.valueOf(ended.getMessage()));
                    case WITHOUT_NETWORK ->
                        new NetworkIsolation.Unknown(
                                "the preflight's pod cannot resolve names: check the cluster's DNS");
                    default ->
                        new NetworkIsolation.Unknown("the preflight's pod ended with exit code " + ended.getExitCode());
                });
    }
}
