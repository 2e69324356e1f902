package dev.hearth.core.cache;

import java.util.List;
import java.util.Optional;

/**
 * What the daemon says of its volume when it stops.
 *
 * @param used size of the content, in KiB
 * @param note what is wrong with the volume, empty if nothing
 */
public record VolumeReport(Optional<Seal> sealed, long used, String note) {

    /**
     * A generation that was sealed.
     *
     * @param added KiB that it added to the volume
     * @param volumes claims of the volumes that its layers are in
     */
    public record Seal(int generation, long added, List<String> volumes, boolean exported) {}
}
