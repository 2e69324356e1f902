package dev.hearth.cluster.preflight;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Remembers for which pods a preflight succeeded, as the API server admitted them. What differs between namespaces is
 * admission: it rejects a pod, or changes it. So a pod that is admitted with the same spec in another namespace needs no
 * preflight of its own.
 */
final class AdmittedPods {
    private static final Duration VALID = Duration.ofHours(1);

    private final KubernetesClient client;
    private final Clock clock;
    private final Map<Admitted, Instant> succeeded = new ConcurrentHashMap<>();

    AdmittedPods(KubernetesClient client, Clock clock) {
        this.client = client;
        this.clock = clock;
    }

    /** Returns a pod as it would be admitted, by a dry run. Empty if it would be rejected, or if this cannot be checked. */
    Optional<Admitted> dryRun(Pod pod) {
        // Under another name: a pod that an earlier preflight has left would be a conflict.
        var unnamed = new PodBuilder(pod)
                .editMetadata()
                .withName(null)
                .withGenerateName(pod.getMetadata().getName() + "-")
                .endMetadata()
                .build();
        try {
            var admitted = client.resource(unnamed).dryRun().create();
            return Optional.of(
                    new Admitted(admitted.getSpec(), admitted.getMetadata().getAnnotations()));
        } catch (KubernetesClientException e) {
            return Optional.empty(); // the pod itself shows why, in words
        }
    }

    /** Whether a preflight with this pod succeeded within the last hour, and after {@code since}. */
    boolean hasSucceeded(Admitted pod, Instant since) {
        var at = succeeded.get(pod);
        return at != null && at.isAfter(since) && isValid(at);
    }

    void succeeded(Admitted pod) {
        succeeded.values().removeIf(at -> !isValid(at));
        succeeded.put(pod, clock.instant());
    }

    private boolean isValid(Instant at) {
        return at.plus(VALID).isAfter(clock.instant());
    }

    /**
     * All of a pod that decides which isolation it has.
     *
     * @param annotations some runtimes and security modules read them
     */
    record Admitted(PodSpec spec, Map<String, String> annotations) {
        static Admitted of(Pod pod) {
            return new Admitted(pod.getSpec(), pod.getMetadata().getAnnotations());
        }
    }
}
