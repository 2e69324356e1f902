package dev.hearth.core.cache;

import dev.hearth.api.SeedMode;
import java.util.List;
import java.util.Optional;

/**
 * What the daemon says of its volume when it stops.
 *
 * @param used size of the content, in KiB; -1 if it did not come to measure it
 * @param note what is wrong with the volume, empty if nothing
 */
public record VolumeReport(Optional<SeedMode> seeded, Optional<Seal> sealed, long used, String note) {

    /**
     * A generation that was sealed.
     *
     * @param added KiB that it added to the volume
     * @param volumes claims of the volumes that its layers are in
     */
    public record Seal(int generation, long added, int layers, List<String> volumes, boolean exported) {}
}
