package dev.hearth.pod.observe;

import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.Comparator;
import java.util.Objects;

/**
 * When the API server says that something was written. What a kubelet says of time is its node's clock, which may be years
 * off; a cache would seem to be idle as soon as it is used, or never.
 */
public final class ServerTimes {
    private ServerTimes() {}

    /** A time that a pod's status tells, but not before the pod was made, nor after its object was last written. */
    public static Instant bound(Pod pod, Instant told) {
        var meta = pod.getMetadata();
        if (meta.getCreationTimestamp() == null) {
            return told;
        }
        var made = Instant.parse(meta.getCreationTimestamp());
        var written = meta.getManagedFields().stream()
                .map(ManagedFieldsEntry::getTime)
                .filter(Objects::nonNull)
                .map(Instant::parse)
                .max(Comparator.naturalOrder());
        var early = written.filter(told::isAfter).orElse(told);
        return early.isBefore(made) ? made : early;
    }
}
