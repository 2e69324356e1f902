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
 * PersistentVolumes that stay when their claim, one of Hearth's, is gone, since their StorageClass says Retain. They are an
 * administrator's to look at and to delete.
 */
@ApplicationScoped
public class ReleasedVolumes {
    private final KubernetesClient client;

    public ReleasedVolumes(KubernetesClient client) {
        this.client = client;
    }

    /**
     * Names of those there are.
     *
     * @param namespaces of their claims; all if empty
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
                    .filter(volume -> isLeft(volume, namespaces))
                    .map(volume -> volume.getMetadata().getName())
                    .forEach(names::add);
            next = page.getMetadata().getContinue();
        } while (next != null && !next.isEmpty());
        return names;
    }

    private static boolean isLeft(PersistentVolume volume, Set<String> namespaces) {
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
