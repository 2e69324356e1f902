package dev.hearth.core.cache;

import dev.hearth.api.SealedGeneration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A trusted volume that another could start from.
 *
 * @param generation the best of its sealed ones
 * @param restorable the newest of those with the same recipe that a VolumeSnapshot holds: maybe an older one
 * @param noSnapshot why there is no such one
 */
public record Source(
        String ref,
        String claim,
        SealedGeneration generation,
        Optional<SealedGeneration> restorable,
        String noSnapshot) {

    /** One without VolumeSnapshots. */
    public Source(String ref, String claim, SealedGeneration generation) {
        this(ref, claim, generation, Optional.empty(), "it has no VolumeSnapshot");
    }

    /** One whose VolumeSnapshots, if any, cannot be used. */
    public Source withoutSnapshot(String why) {
        return new Source(ref, claim, generation, Optional.empty(), why);
    }

    /** The generations, as claim/number, that have to stay while somebody reads that one of this volume's. */
    public Set<String> needs(SealedGeneration read) {
        var needs = new TreeSet<>(read.needs());
        needs.add(claim + "/" + read.number());
        return needs;
    }
}
