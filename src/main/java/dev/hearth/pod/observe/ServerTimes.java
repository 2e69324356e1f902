package dev.hearth.pod.observe;

import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.Comparator;
import java.util.Objects;

/**
 * Corrects times of kubelets by times of the API server. The clock of a node may be wrong by years; a cache would then
 * seem idle as soon as it is used, or never.
 */
public final class ServerTimes {
    private ServerTimes() {}

    /** Limits a time of a pod's status to the interval between the pod's creation and its last write. */
    public static Instant bound(Pod pod, Instant reported) {
        var meta = pod.getMetadata();
        if (meta.getCreationTimestamp() == null) {
            return reported;
        }
        var created = Instant.parse(meta.getCreationTimestamp());
        var written = meta.getManagedFields().stream()
                .map(ManagedFieldsEntry::getTime)
                .filter(Objects::nonNull)
                .map(Instant::parse)
                .max(Comparator.naturalOrder());
        var latest = written.filter(reported::isAfter).orElse(reported);
        return latest.isBefore(created) ? created : latest;
    }
}
