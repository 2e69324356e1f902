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
 * A trusted volume that can seed another volume.
 *
 * @param ref full name of the trusted ref
 * @param generation the best of its sealed generations
 * @param restorable the newest generation with the same recipe that has a VolumeSnapshot; it can be older
 * @param noSnapshot why {@code restorable} is empty
 */
public record SeedSource(
        String ref,
        ScopeVolume volume,
        SealedGeneration generation,
        Optional<SealedGeneration> restorable,
        String noSnapshot) {

    /** A source without VolumeSnapshots. */
    public SeedSource(String ref, ScopeVolume volume, SealedGeneration generation) {
        this(ref, volume, generation, Optional.empty(), "it has no VolumeSnapshot");
    }

    /** Returns this source without its VolumeSnapshots, which cannot be used for the given reason. */
    public SeedSource withoutSnapshot(String why) {
        return new SeedSource(ref, volume, generation, Optional.empty(), why);
    }

    /** Returns the generations that must be retained while another volume reads that generation of this volume. */
    public Set<GenerationRef> needs(SealedGeneration read) {
        return Stream.concat(Stream.of(volume.named(read)), read.needs().stream())
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }
}
