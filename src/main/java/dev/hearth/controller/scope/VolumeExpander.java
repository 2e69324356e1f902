package dev.hearth.controller.scope;

import dev.hearth.cluster.storage.ClaimClient;
import dev.hearth.cluster.storage.StorageResolver;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Quantity;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Has the volumes of a scope grow to what its policy says now, where storage can do that. None ever shrinks. */
@ApplicationScoped
public class VolumeExpander {
    private final StorageResolver storage;
    private final ClaimClient volumes;

    public VolumeExpander(StorageResolver storage, ClaimClient volumes) {
        this.storage = storage;
        this.volumes = volumes;
    }

    /** Asks for what is missing, and says what cannot be had. */
    List<String> grow(Collection<PersistentVolumeClaim> claims, String size) {
        return claims.stream()
                .filter(claim -> claim.getStatus() != null
                        && "Bound".equals(claim.getStatus().getPhase()))
                .filter(claim -> requestedSize(claim).compareTo(new Quantity(size)) < 0)
                .flatMap(claim -> grow(claim, size).stream())
                .toList();
    }

    private Optional<String> grow(PersistentVolumeClaim claim, String size) {
        var className = claim.getSpec().getStorageClassName();
        var stays =
                "volume " + claim.getMetadata().getName() + " stays at " + requestedSize(claim) + " of " + size + ": ";
        if (!storage.expands(className)) {
            return Optional.of(stays + "StorageClass " + className
                    + " has no allowVolumeExpansion; delete the scope to begin with a larger one");
        }
        return volumes.expand(claim, size).map(why -> stays + why);
    }

    private static Quantity requestedSize(PersistentVolumeClaim claim) {
        return Objects.requireNonNull(
                claim.getSpec().getResources().getRequests().get("storage"),
                "the API server takes no claim without a size");
    }
}
