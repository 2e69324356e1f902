package dev.hearth.cluster.preflight;

import dev.hearth.cluster.NameConflictException;
import dev.hearth.cluster.ObjectDeletion;
import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Creates and deletes the objects of a preflight. Their names are the same for every preflight of a kind. */
public record PreflightObjects(KubernetesClient client) {
    private static final Duration LONGEST_REMOVAL = Duration.ofSeconds(20);

    /**
     * Creates an object, and first deletes one that an earlier preflight has left.
     *
     * @throws NameConflictException if an object of the name exists that no preflight created
     */
    public <R extends HasMetadata> R replace(R wanted) {
        var handle = client.resource(wanted);
        var existing = handle.get();
        if (existing != null) {
            if (!isOfPreflight(existing, wanted)) {
                throw new NameConflictException(existing, owner(wanted));
            }
            remove(existing);
            handle.waitUntilCondition(
                    found -> found == null || !isSame(found, existing), LONGEST_REMOVAL.toSeconds(), TimeUnit.SECONDS);
        }
        return handle.create();
    }

    /** Deletes an object that {@link #replace} has created. */
    public void remove(HasMetadata created) {
        new ObjectDeletion(client).kill(created);
    }

    static boolean isSame(HasMetadata found, HasMetadata created) {
        return found.getMetadata().getUid().equals(created.getMetadata().getUid());
    }

    /**
     * Whether an object belongs to an earlier preflight. The owner may differ, but has the same API: another pipeline,
     * or the former pod of the operator.
     */
    static boolean isOfPreflight(HasMetadata found, HasMetadata wanted) {
        return ObjectLabels.isManaged(found)
                && found.getMetadata().getOwnerReferences().stream()
                        .anyMatch(it -> it.getApiVersion().equals(owner(wanted).getApiVersion()));
    }

    private static OwnerReference owner(HasMetadata wanted) {
        return wanted.getMetadata().getOwnerReferences().getFirst();
    }
}
