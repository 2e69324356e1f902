package dev.hearth.cluster;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.HttpURLConnection;
import java.util.Optional;

/**
 * Creates and changes objects with deterministic names. An existing object of such a name without an owner reference
 * with the owner's uid is not Hearth's: all methods then throw {@link NameConflictException}.
 */
@ApplicationScoped
public class OwnedObjectWriter {
    private final KubernetesClient client;

    public OwnedObjectWriter(KubernetesClient client) {
        this.client = client;
    }

    /**
     * Creates an object if it does not exist.
     *
     * @param wanted the object, with one owner reference
     * @return the existing or created object
     */
    public <R extends HasMetadata> R create(R wanted) {
        try {
            return client.resource(wanted).create();
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
            return existing(wanted, e);
        }
    }

    /** Returns the existing object of the same name and owner. Empty if there is none. */
    public <R extends HasMetadata> Optional<R> find(R wanted) {
        var found = Optional.ofNullable(client.resource(wanted).get());
        found.ifPresent(it -> checkOwner(it, owner(wanted)));
        return found;
    }

    /** Creates an object, or changes the existing one to the wanted state. */
    public <R extends HasMetadata> R apply(R wanted) {
        var found = find(wanted);
        if (found.isEmpty()) {
            return create(wanted);
        }
        wanted.getMetadata()
                .setUid(found.get().getMetadata().getUid()); // does not change a later object of the same name
        return client.resource(wanted).forceConflicts().serverSideApply();
    }

    /** Throws {@link NameConflictException} unless the object has the owner. */
    static void checkOwner(HasMetadata found, OwnerReference owner) {
        if (!isOwnedBy(found, owner)) {
            throw new NameConflictException(found, owner);
        }
    }

    public static boolean isOwnedBy(HasMetadata found, OwnerReference owner) {
        return isOwnedBy(found, owner.getUid());
    }

    /** Whether an object has an owner with this uid. */
    public static boolean isOwnedBy(HasMetadata found, String ownerUid) {
        return found.getMetadata().getOwnerReferences().stream()
                .anyMatch(it -> it.getUid().equals(ownerUid));
    }

    private <R extends HasMetadata> R existing(R wanted, KubernetesClientException conflict) {
        return find(wanted).orElseThrow(() -> conflict); // deleted meanwhile: the next reconciliation creates it
    }

    private static OwnerReference owner(HasMetadata wanted) {
        return wanted.getMetadata().getOwnerReferences().getFirst();
    }
}
