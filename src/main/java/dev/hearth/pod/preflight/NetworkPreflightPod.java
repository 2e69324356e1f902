package dev.hearth.pod.preflight;

import dev.hearth.api.Trust;
import dev.hearth.core.isolation.NetworkIsolation;
import dev.hearth.core.plan.Names;
import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.pod.PodParts;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.List;
import java.util.Optional;

/**
 * A pod that a network policy takes for a step of an untrusted run, and that tries to reach what such a step must not. Plugins
 * learn of a pod's address a moment after it has one, so it tries for a while until everything is closed.
 *
 * @param image with bash and coreutils
 * @param owner with which it is collected if it is not removed before
 */
public record NetworkPreflightPod(String namespace, String image, OwnerReference owner) {
    /** The pipeline that its policy is for; there is none of this name. */
    public static final String PIPELINE = "network-trial";

    private static final int REACHED = 1;
    private static final int WITHOUT_NETWORK = 2;
    private static final long USER = 65534;
    private static final long SECONDS = 300;

    /** Without a name that resolves nothing is said: a pod without any network reaches nothing either. */
    private static final String SCRIPT = """
            for _ in $(seq 20); do getent hosts kubernetes.default.svc >/dev/null && network=1 && break; sleep 1; done
            [ "$network" ] || exit 2
            for _ in $(seq 20); do
              reached=
              for place; do timeout 3 bash -c "</dev/tcp/${place%:*}/${place##*:}" 2>/dev/null && reached="$reached $place"; done
              [ "$reached" ] || exit 0
              sleep 1
            done
            printf %s "${reached# }" >/dev/termination-log
            exit 1
            """;

    /**
     * The pod.
     *
     * @param places hosts with ports that it tries
     */
    public Pod pod(List<String> places) {
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(Names.networkPreflight())
                .withLabels(ObjectLabels.of(PIPELINE))
                .addToLabels(ObjectLabels.TRUST, Trust.Untrusted.name())
                .withOwnerReferences(owner)
                .endMetadata()
                .withNewSpec()
                .withRestartPolicy("Never")
                .withAutomountServiceAccountToken(false)
                .withEnableServiceLinks(false)
                .withActiveDeadlineSeconds(SECONDS)
                .withTerminationGracePeriodSeconds(1L)
                .withNewSecurityContext()
                .withRunAsNonRoot(true)
                .withRunAsUser(USER)
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile()
                .endSecurityContext()
                .addNewContainer()
                .withName("trial")
                .withImage(image)
                .withCommand("bash", "-c", PodParts.literal(SCRIPT), "trial")
                .withArgs(places)
                .withResources(ContainerResources.SCRIPT.resources())
                .withNewSecurityContext()
                .withAllowPrivilegeEscalation(false)
                .withReadOnlyRootFilesystem(true)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .endSecurityContext()
                .endContainer()
                .endSpec()
                .build();
    }

    /** What a pod of this kind has shown; empty while it runs. */
    public static Optional<NetworkIsolation> read(Pod pod) {
        return pod.getStatus().getContainerStatuses().stream()
                .flatMap(status -> Optional.ofNullable(status.getState().getTerminated()).stream())
                .findFirst()
                .map(ended -> switch (ended.getExitCode()) {
                    case 0 -> new NetworkIsolation.Enforced();
                    case REACHED -> new NetworkIsolation.Open(String.valueOf(ended.getMessage()));
                    case WITHOUT_NETWORK -> new NetworkIsolation.Unknown("the trial's pod cannot look up names");
                    default ->
                        new NetworkIsolation.Unknown("the trial's pod ended with exit code " + ended.getExitCode());
                });
    }
}
