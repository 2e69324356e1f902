package dev.hearth.cluster;

import dev.hearth.api.Reason;
import dev.hearth.core.status.StatusReason;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;

/** An object of another owner already has the name that Hearth needs. Hearth does not change that object. */
public final class NameConflictException extends RuntimeException {
    /**
     * Creates the exception.
     *
     * @param found the existing object
     * @param owner the owner that an object of this name should have
     */
    public NameConflictException(HasMetadata found, OwnerReference owner) {
        super(found.getKind() + " " + found.getMetadata().getName() + " exists in this namespace, and "
                + owner.getKind() + " " + owner.getName() + " does not own it: delete it, or rename it");
    }

    public StatusReason statusReason() {
        return new StatusReason(Reason.NameConflict, String.valueOf(getMessage()));
    }
}
