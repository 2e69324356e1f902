package dev.hearth.controller.policy;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.Trust;
import dev.hearth.cluster.VolumeSnapshots;
import dev.hearth.controller.support.HearthConfig;
import dev.hearth.core.cache.SeedChoice;
import dev.hearth.core.diagnosis.Finding;
import dev.hearth.core.isolation.Verdict;
import jakarta.enterprise.context.ApplicationScoped;

/** What volumes the cluster makes for a policy, and whether VolumeSnapshots of them. */
@ApplicationScoped
public class StorageFinding {
    private final VolumeSnapshots snapshots;
    private final HearthConfig config;

    public StorageFinding(VolumeSnapshots snapshots, HearthConfig config) {
        this.snapshots = snapshots;
        this.config = config;
    }

    /**
     * A snapshot class that cannot be used is no reason to stall: the same policy serves clusters without snapshots, and
     * what Snapshot cannot do the next mode does.
     */
    Finding of(CachePolicySpec policy) {
        var volumes = "new volumes have " + policy.size(Trust.Trusted)
                + (policy.size(Trust.Untrusted).equals(policy.size(Trust.Trusted))
                        ? ""
                        : ", of untrusted refs " + policy.size(Trust.Untrusted));
        var className = policy.storage().snapshotClassName();
        if (className == null) {
            return new Finding("StorageFound", volumes);
        }
        // Auto may come to a weaker form in some namespace, and then snapshots are made there.
        var strongest = Verdict.candidates(policy.isolation(), config.buildkit().isolation(), Trust.Trusted)
                .getFirst();
        if (!SeedChoice.needsSnapshots(policy.seed(), strongest)) {
            return new Finding(
                    "StorageFound",
                    volumes + "; no VolumeSnapshots are made, since spec.seed lists no Snapshot, or Overlay before it");
        }
        return snapshots
                .obstacle(className)
                .map(why -> new Finding("SnapshotSkipped", volumes + "; Snapshot is skipped: " + why))
                .orElseGet(() -> new Finding("StorageFound", volumes + "; VolumeSnapshots are of class " + className));
    }
}
