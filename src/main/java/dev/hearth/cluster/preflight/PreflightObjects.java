package dev.hearth.cluster.preflight;

import dev.hearth.cluster.NameTaken;
import dev.hearth.cluster.ObjectDeletion;
import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Makes and removes what a trial needs. Its names are the same for each trial, also for that of another operator. */
public record PreflightObjects(KubernetesClient client) {
    private static final Duration LONGEST_REMOVAL = Duration.ofSeconds(20);

    /**
     * Makes an object, in place of one that an earlier trial has left.
     *
     * @throws NameTaken if one that is no trial's has its name
     */
    public <R extends HasMetadata> R replace(R wanted) {
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
    public void remove(HasMetadata made) {
        new ObjectDeletion(client).kill(made);
    }

    static boolean isSame(HasMetadata found, HasMetadata made) {
        return found.getMetadata().getUid().equals(made.getMetadata().getUid());
    }

    /** The owner of an earlier trial is another one, of the same API: another pipeline, or the operator's former pod. */
    static boolean isLeft(HasMetadata found, HasMetadata wanted) {
        var labels = Optional.ofNullable(found.getMetadata().getLabels()).orElse(Map.of());
        return ObjectLabels.HEARTH.equals(labels.get(ObjectLabels.MANAGED_BY))
                && found.getMetadata().getOwnerReferences().stream()
                        .anyMatch(it -> it.getApiVersion().equals(owner(wanted).getApiVersion()));
    }

    private static OwnerReference owner(HasMetadata wanted) {
        return wanted.getMetadata().getOwnerReferences().getFirst();
    }
}
