package dev.hearth.cluster;

import dev.hearth.pod.Labels;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Makes and removes what a trial needs. Its names are the same for each trial, also for that of another operator. */
record TrialObjects(KubernetesClient client) {
    private static final Duration LONGEST_REMOVAL = Duration.ofSeconds(20);

    /**
     * Makes an object, in place of one that an earlier trial has left.
     *
     * @throws NameTaken if one that is no trial's has its name
     */
    <R extends HasMetadata> R replace(R wanted) {
        var handle = client.resource(wanted);
        var left = handle.get();
        if (left != null) {
            if (!isLeft(left, wanted)) {
                throw new NameTaken(left, owner(wanted));
            }
            remove(left);
            handle.waitUntilCondition(
                    found -> found == null || !isSame(found, left), LONGEST_REMOVAL.toSeconds(), TimeUnit.SECONDS);
        }
        return handle.create();
    }

    /** Removes what {@link #replace} made. */
    void remove(HasMetadata made) {
        new Deletions(client).kill(made);
    }

    static boolean isSame(HasMetadata found, HasMetadata made) {
        return found.getMetadata().getUid().equals(made.getMetadata().getUid());
    }

    /** The owner of an earlier trial is another one, of the same API: another pipeline, or the operator's former pod. */
    static boolean isLeft(HasMetadata found, HasMetadata wanted) {
        var labels = Optional.ofNullable(found.getMetadata().getLabels()).orElse(Map.of());
        return Labels.HEARTH.equals(labels.get(Labels.MANAGED_BY))
                && found.getMetadata().getOwnerReferences().stream()
                        .anyMatch(it -> it.getApiVersion().equals(owner(wanted).getApiVersion()));
    }

    private static OwnerReference owner(HasMetadata wanted) {
        return wanted.getMetadata().getOwnerReferences().getFirst();
    }
}
