package dev.hearth.cluster;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.HttpURLConnection;
import java.util.Optional;

/**
 * Makes and changes objects whose names are fixed. A name proves nothing: an object that the owner's uid is not on belongs
 * to somebody else, and leads to {@link NameTaken}.
 */
@ApplicationScoped
public class OwnedObjectWriter {
    private final KubernetesClient client;

    public OwnedObjectWriter(KubernetesClient client) {
        this.client = client;
    }

    /**
     * Makes an object, unless its owner has made it before.
     *
     * @param wanted with one owner reference
     * @return the object that is there
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

    /** The object that is there; empty if there is none. */
    public <R extends HasMetadata> Optional<R> find(R wanted) {
        var found = Optional.ofNullable(client.resource(wanted).get());
        found.ifPresent(it -> check(it, owner(wanted)));
        return found;
    }

    /** Makes an object, or makes the one that is there what is wanted. */
    public <R extends HasMetadata> R apply(R wanted) {
        var found = find(wanted);
        if (found.isEmpty()) {
            return create(wanted);
        }
        wanted.getMetadata()
                .setUid(found.get().getMetadata().getUid()); // another object that gets the name now is refused
        return client.resource(wanted).forceConflicts().serverSideApply();
    }

    /** Throws {@link NameTaken} unless an object has the owner. */
    static void check(HasMetadata found, OwnerReference owner) {
        if (!isOf(found, owner)) {
            throw new NameTaken(found, owner);
        }
    }

    public static boolean isOf(HasMetadata found, OwnerReference owner) {
        return isOf(found, owner.getUid());
    }

    /** Whether an object has an owner with this uid. */
    public static boolean isOf(HasMetadata found, String ownerUid) {
        return found.getMetadata().getOwnerReferences().stream()
                .anyMatch(it -> it.getUid().equals(ownerUid));
    }

    private <R extends HasMetadata> R existing(R wanted, KubernetesClientException conflict) {
        return find(wanted).orElseThrow(() -> conflict); // deleted as it was looked at: the next try makes it
    }

    private static OwnerReference owner(HasMetadata wanted) {
        return wanted.getMetadata().getOwnerReferences().getFirst();
    }
}
