package dev.hearth.core.buildcache;

import dev.hearth.api.GenerationRef;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.SealedGeneration;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A trusted volume that another could start from.
 *
 * @param generation the best of its sealed ones
 * @param restorable the newest of those with the same recipe that a VolumeSnapshot holds: maybe an older one
 * @param noSnapshot why there is no such one
 */
public record SeedSource(
        String ref,
        ScopeVolume volume,
        SealedGeneration generation,
        Optional<SealedGeneration> restorable,
        String noSnapshot) {

    /** One without SnapshotClient. */
    public SeedSource(String ref, ScopeVolume volume, SealedGeneration generation) {
        this(ref, volume, generation, Optional.empty(), "it has no VolumeSnapshot");
    }

    /** One whose SnapshotClient, if any, cannot be used. */
    public SeedSource withoutSnapshot(String why) {
        return new SeedSource(ref, volume, generation, Optional.empty(), why);
    }

    /** The generations that have to stay while somebody reads that one of this volume's. */
    public Set<GenerationRef> needs(SealedGeneration read) {
        return Stream.concat(Stream.of(volume.named(read)), read.needs().stream())
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }
}
