package dev.hearth.cluster;

import dev.hearth.api.Reason;
import dev.hearth.core.status.StatusReason;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;

/** An object of another owner has the name of one that Hearth is to create. It stays as it is. */
public final class NameTaken extends RuntimeException {
    /** The object that is in the way, and the owner that an object of its name should have. */
    public NameTaken(HasMetadata found, OwnerReference owner) {
        super(found.getKind() + " " + found.getMetadata().getName() + " exists in this namespace, and "
                + owner.getKind() + " " + owner.getName() + " does not own it: delete it or give it another name");
    }

    public StatusReason finding() {
        return new StatusReason(Reason.NameConflict, String.valueOf(getMessage()));
    }
}
