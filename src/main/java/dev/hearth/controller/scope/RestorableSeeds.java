package dev.hearth.controller.scope;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.SeedMode;
import dev.hearth.cluster.storage.SnapshotClient;
import dev.hearth.core.buildcache.SeedSource;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Objects;

/** Sees which SnapshotClient of its sources a volume that has yet to be made can really be made from. */
@ApplicationScoped
public class RestorableSeeds {
    private final SnapshotClient snapshots;

    public RestorableSeeds(SnapshotClient snapshots) {
        this.snapshots = snapshots;
    }

    List<SeedSource> usable(String namespace, CachePolicySpec policy, List<SeedSource> sources) {
        if (!policy.seed().contains(SeedMode.Snapshot)) {
            return sources;
        }
        var className = policy.storage().snapshotClassName();
        return sources.stream()
                .map(source -> className == null
                        ? source.withoutSnapshot("the policy has no storage.snapshotClassName")
                        : usable(namespace, className, source))
                .toList();
    }

    private SeedSource usable(String namespace, String className, SeedSource source) {
        if (source.restorable().isEmpty()) {
            return snapshots.obstacle(className).map(source::withoutSnapshot).orElse(source);
        }
        // The other scope's status may be old, and somebody may have deleted what it names.
        var name = Objects.requireNonNull(source.restorable().get().snapshot());
        return snapshots
                .find(namespace, name)
                .filter(snapshot -> snapshot.ready()
                        && snapshot.claim().equals(source.volume().claim()))
                .map(_ -> source)
                .orElseGet(() -> source.withoutSnapshot("its VolumeSnapshot " + name + " cannot be used any more"));
    }
}
