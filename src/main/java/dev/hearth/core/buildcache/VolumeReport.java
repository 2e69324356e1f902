package dev.hearth.core.buildcache;

import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.Sizes;
import java.util.List;
import java.util.Optional;

/**
 * What the daemon's script says of its volume when it stops. A daemon that was broken into may say anything, so its numbers
 * are bounded: by what a size or a time can be here, and by the volume's claim where the report is taken in.
 *
 * @param seeded what the pod brought in, empty if it went on with what was there
 * @param usage how much there is
 * @param trouble what was wrong with the volume, and what was done about it
 */
public record VolumeReport(Optional<Begin> seeded, Optional<Seal> sealed, Usage usage, Optional<StatusReason> trouble) {

    private static final long DAY_MILLIS = 86_400_000;

    /**
     * The same of a volume of a claim: no volume has, and no seal adds, more than that.
     *
     * @param claim size in KiB
     */
    VolumeReport within(long claim) {
        return new VolumeReport(
                seeded,
                sealed.map(seal -> new Seal(
                        seal.generation(),
                        Math.min(seal.added(), claim),
                        seal.volumes(),
                        seal.exported(),
                        seal.millis())),
                new Usage(
                        Math.min(usage.content(), claim),
                        usage.buildkit().map(kib -> Math.min(kib, claim)),
                        usage.capacity(),
                        usage.free()),
                trouble);
    }

    /**
     * A state that was brought in.
     *
     * @param mode one of {@link dev.hearth.api.SeedMode}'s names, {@code SnapshotRestore} for what was already on the volume, or {@code Own}
     */
    public record Begin(String mode, long millis) {
        public Begin {
            millis = Math.clamp(millis, 0, DAY_MILLIS);
        }
    }

    /**
     * A generation that was sealed.
     *
     * @param added KiB that it added to the volume
     * @param volumes claims of the volumes that its layers are in
     * @param millis how long that took
     */
    public record Seal(int generation, long added, List<String> volumes, boolean exported, long millis) {
        public Seal {
            added = Sizes.bounded(added);
            millis = Math.clamp(millis, 0, DAY_MILLIS);
        }
    }

    /**
     * Sizes in KiB; what could not be measured is empty.
     *
     * @param content of the volume, as its files take room
     * @param buildkit the same as BuildKit counts it: not what is only in older generations
     * @param capacity of the file system
     * @param free in it
     */
    public record Usage(long content, Optional<Long> buildkit, Optional<Long> capacity, Optional<Long> free) {
        public Usage {
            content = Sizes.bounded(content);
            buildkit = buildkit.map(Sizes::bounded);
            capacity = capacity.map(Sizes::bounded);
            free = free.map(Sizes::bounded);
        }

        public static Usage of(long content) {
            return new Usage(content, Optional.empty(), Optional.empty(), Optional.empty());
        }
    }
}
