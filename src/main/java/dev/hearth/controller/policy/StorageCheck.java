package dev.hearth.controller.policy;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.Reason;
import dev.hearth.api.Trust;
import dev.hearth.cluster.storage.SnapshotClient;
import dev.hearth.config.HearthConfig;
import dev.hearth.core.buildcache.SeedChoice;
import dev.hearth.core.isolation.IsolationDecision;
import dev.hearth.core.status.StatusReason;
import jakarta.enterprise.context.ApplicationScoped;

/** Checks which volumes and VolumeSnapshots the cluster creates for a policy. */
@ApplicationScoped
public class StorageCheck {
    private final SnapshotClient snapshots;
    private final HearthConfig config;

    public StorageCheck(SnapshotClient snapshots, HearthConfig config) {
        this.snapshots = snapshots;
        this.config = config;
    }

    /**
     * Returns the storage of a policy whose storage class exists. A snapshot class that cannot be used does not stall
     * the policy: volumes are then seeded by the next mode of spec.seed.
     */
    StatusReason check(CachePolicySpec policy) {
        var volumes = "new volumes have " + policy.size(Trust.Trusted)
                + (policy.size(Trust.Untrusted).equals(policy.size(Trust.Trusted))
                        ? ""
                        : ", of untrusted refs " + policy.size(Trust.Untrusted));
        var className = policy.storage().snapshotClassName();
        if (className == null) {
            return new StatusReason(Reason.StorageFound, volumes);
        }
        // With Auto some namespaces may get a weaker isolation, and then their scopes have snapshots.
        var strongest = IsolationDecision.candidates(
                        policy.isolation(), config.buildkit().isolation(), Trust.Trusted)
                .getFirst();
        if (!SeedChoice.needsSnapshots(policy.seed(), strongest)) {
            return new StatusReason(
                    Reason.StorageFound,
                    volumes + "; no VolumeSnapshots are made, since spec.seed lists no Snapshot, or Overlay before it");
        }
        return snapshots
                .obstacle(className)
                .map(why -> new StatusReason(Reason.SnapshotsUnavailable, volumes + "; Snapshot is skipped: " + why))
                .orElseGet(() ->
                        new StatusReason(Reason.StorageFound, volumes + "; VolumeSnapshots are of class " + className));
    }
}
