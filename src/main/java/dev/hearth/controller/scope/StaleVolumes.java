package dev.hearth.controller.scope;

import dev.hearth.api.ScopeVolume;
import dev.hearth.cluster.storage.ClaimClient;
import dev.hearth.controller.support.IndependentWork;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashMap;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Removes the volumes that a scope has left for others of another isolation: once a run has ended on what came in their
 * place, so that no pod is about to mount them, and nobody has started from them.
 */
@ApplicationScoped
public class StaleVolumes {
    private final ClaimClient volumes;

    public StaleVolumes(ClaimClient volumes) {
        this.volumes = volumes;
    }

    void remove(VolumeObserver observer, List<ScopeVolume> current, IndependentWork attempts) {
        if (current.stream().anyMatch(volume -> volume.lastUse() == null)) {
            return;
        }
        var left = new HashMap<>(observer.claims());
        left.keySet().removeAll(current.stream().map(ScopeVolume::claim).collect(Collectors.toSet()));
        left.keySet().removeIf(claim -> !observer.neighbours().pinned(claim).isEmpty());
        attempts.each(
                left.entrySet(),
                claim -> volumes.delete(
                        observer.scope().getMetadata().getNamespace(), claim.getKey(), claim.getValue()));
    }
}
