package dev.hearth.core.buildcache;

import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.Sizes;
import java.util.List;
import java.util.Optional;

/**
 * The report of a daemon's agent on its volume. A compromised daemon can report anything, so all numbers are limited: here to
 * possible sizes and times, and in {@link #within} to the size of the claim.
 *
 * @param seeded how the volume was filled; empty if the daemon used the volume's own state
 * @param sealed the generation that was sealed, if one was
 * @param usage sizes of the volume
 * @param trouble what was wrong with the volume, and what the agent did about it
 */
public record VolumeReport(Optional<Begin> seeded, Optional<Seal> sealed, Usage usage, Optional<StatusReason> trouble) {

    private static final long DAY_MILLIS = 86_400_000;

    /**
     * Returns this report with sizes of at most the claim's: no volume holds, and no seal adds, more.
     *
     * @param claim size of the claim in KiB
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
                        Math.min(usage.artifacts(), claim),
                        usage.buildkit().map(kib -> Math.min(kib, claim)),
                        usage.capacity(),
                        usage.free()),
                trouble);
    }

    /**
     * The state with which the daemon started.
     *
     * @param mode a name of {@link dev.hearth.api.SeedMode}, {@code Restore} for a seed that was already on the volume, or
     *     {@code Own}
     * @param millis how long the agent took for it
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
     * @param volumes claims of the volumes that hold its layers
     * @param exported whether a cache directory was exported with it
     * @param millis how long sealing took
     */
    public record Seal(int generation, long added, List<String> volumes, boolean exported, long millis) {
        public Seal {
            added = Sizes.bounded(added);
            millis = Math.clamp(millis, 0, DAY_MILLIS);
        }
    }

    /**
     * Sizes in KiB. Empty if they could not be measured.
     *
     * @param content disk usage of all files on the volume
     * @param artifacts disk usage of the artifacts
     * @param buildkit the cache size that BuildKit counts, without content that only older generations have
     * @param capacity of the file system
     * @param free space of the file system
     */
    public record Usage(
            long content, long artifacts, Optional<Long> buildkit, Optional<Long> capacity, Optional<Long> free) {
        public Usage {
            content = Sizes.bounded(content);
            artifacts = Sizes.bounded(artifacts);
            buildkit = buildkit.map(Sizes::bounded);
            capacity = capacity.map(Sizes::bounded);
            free = free.map(Sizes::bounded);
        }

        /** Returns the disk usage of the cache. */
        long cache() {
            return Math.max(content - artifacts, 0);
        }

        public static Usage of(long content) {
            return new Usage(content, 0, Optional.empty(), Optional.empty(), Optional.empty());
        }
    }
}
