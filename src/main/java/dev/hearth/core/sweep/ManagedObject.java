package dev.hearth.core.sweep;

import java.util.List;
import java.util.Optional;

/**
 * An object that Hearth made, as the API server shows it.
 *
 * @param version its resourceVersion: it is deleted as it was seen, or not at all
 * @param pipeline name of the one that it was made for
 * @param leaving whether it is being deleted already
 */
public record ManagedObject(
        ManagedKind kind,
        String namespace,
        String name,
        String uid,
        String version,
        String pipeline,
        List<ObjectOwner> owners,
        boolean leaving) {

    public ManagedObject {
        owners = List.copyOf(owners);
    }

    /** Of a claim: the scope that owns it. */
    Optional<ObjectOwner> scope() {
        return kind == ManagedKind.PersistentVolumeClaim
                ? owners.stream()
                        .filter(owner -> owner.kind().equals("CacheScope"))
                        .findFirst()
                : Optional.empty();
    }
}
