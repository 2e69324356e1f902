package dev.hearth.core.buildcache;

import dev.hearth.api.ScopeVolume.LastUse;
import dev.hearth.core.text.Sizes;
import org.jspecify.annotations.Nullable;

/** Whether a volume has room for what its next run may need. */
final class VolumePressure {
    /** Of a volume that is as large as its policy says, or as its file system is. */
    private static final double MOST = 0.8;

    private VolumePressure() {}

    /**
     * Whether older generations have to go that the policy would keep: a build needs the room more than a rollback does.
     *
     * @param size of the volume, in KiB
     */
    static boolean isShort(@Nullable LastUse last, long size) {
        if (last == null) {
            return false;
        }
        var capacity = last.capacity();
        var room = capacity == null ? size : Math.min(size, Sizes.kib(capacity));
        return Sizes.kib(last.used()) > MOST * room;
    }
}
