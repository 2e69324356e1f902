package dev.hearth.core.cache;

import dev.hearth.core.diagnosis.Finding;
import java.util.List;
import java.util.Optional;

/**
 * What the daemon's script says of its volume when it stops.
 *
 * @param seeded what the pod brought in, empty if it went on with what was there
 * @param usage how much there is
 * @param trouble what was wrong with the volume, and what was done about it
 */
public record VolumeReport(Optional<Begin> seeded, Optional<Seal> sealed, Usage usage, Optional<Finding> trouble) {

    /**
     * A state that was brought in.
     *
     * @param mode one of {@link dev.hearth.api.SeedMode}'s names, {@code Restore} for what was already on the volume, or {@code Own}
     */
    public record Begin(String mode, long millis) {}

    /**
     * A generation that was sealed.
     *
     * @param added KiB that it added to the volume
     * @param volumes claims of the volumes that its layers are in
     * @param millis how long that took
     */
    public record Seal(int generation, long added, List<String> volumes, boolean exported, long millis) {}

    /**
     * Sizes in KiB; what could not be measured is empty.
     *
     * @param content of the volume, as its files take room
     * @param buildkit the same as BuildKit counts it: not what is only in older generations
     * @param capacity of the file system
     * @param free in it
     */
    public record Usage(long content, Optional<Long> buildkit, Optional<Long> capacity, Optional<Long> free) {

        public static Usage of(long content) {
            return new Usage(content, Optional.empty(), Optional.empty(), Optional.empty());
        }
    }
}
