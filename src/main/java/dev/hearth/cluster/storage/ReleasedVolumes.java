package dev.hearth.cluster.storage;

import dev.hearth.core.plan.Names;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.client.KubernetesClient;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lists PersistentVolumes that remain after Hearth has deleted their claims, because their reclaim policy is Retain. An
 * admin has to delete them.
 */
@ApplicationScoped
public class ReleasedVolumes {
    private final KubernetesClient client;

    public ReleasedVolumes(KubernetesClient client) {
        this.client = client;
    }

    /**
     * Returns the names of the volumes.
     *
     * @param namespaces namespaces of their claims; all if empty
     */
    public List<String> find(Set<String> namespaces) {
        var names = new ArrayList<String>();
        @Nullable String next = null;
        do {
            var page = client.persistentVolumes()
                    .list(new ListOptionsBuilder()
                            .withLimit(500L)
                            .withContinue(next)
                            .build());
            page.getItems().stream()
                    .filter(volume -> isReleased(volume, namespaces))
                    .map(volume -> volume.getMetadata().getName())
                    .forEach(names::add);
            next = page.getMetadata().getContinue();
        } while (next != null && !next.isEmpty());
        return names;
    }

    private static boolean isReleased(PersistentVolume volume, Set<String> namespaces) {
        var claim = volume.getSpec().getClaimRef();
        return claim != null
                && Names.isReserved(claim.getName())
                && (namespaces.isEmpty() || namespaces.contains(claim.getNamespace()))
                && "Retain".equals(volume.getSpec().getPersistentVolumeReclaimPolicy())
                && Optional.ofNullable(volume.getStatus())
                        .filter(status -> "Released".equals(status.getPhase()))
                        .isPresent();
    }
}
