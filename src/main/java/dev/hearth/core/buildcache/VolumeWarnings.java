package dev.hearth.core.buildcache;

import dev.hearth.api.Reason;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.SealedGeneration;
import dev.hearth.core.status.StatusReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** Finds what users must be warned of when a volume changes: cached content is never lost silently. */
public final class VolumeWarnings {
    private VolumeWarnings() {}

    /**
     * Returns the warnings about the change from one state of a volume to the next.
     *
     * @param size that the policy gives the volume, in KiB
     */
    public static List<StatusReason> of(ScopeVolume before, ScopeVolume after, long size) {
        var warnings = new ArrayList<StatusReason>();
        var deleted = before.generations().stream()
                .filter(generation -> generation.state() == SealedGeneration.State.Sealed)
                .map(SealedGeneration::number)
                .filter(number -> after.generations().stream()
                        .noneMatch(generation ->
                                generation.number() == number && generation.state() != SealedGeneration.State.Leaving))
                .map(String::valueOf)
                .collect(Collectors.joining(", "));

        if (before.uid() != null
                && !before.uid().equals(after.uid())
                && before.claim().equals(after.claim())) {
            warnings.add(new StatusReason(
                    Reason.VolumeLost,
                    "claim " + before.claim() + " was deleted, or its storage is lost"
                            + (deleted.isEmpty() ? "" : ", together with generations " + deleted)
                            + ": the next run starts with a new cache volume"));
        } else if (!deleted.isEmpty() && VolumeDecider.isShortOfSpace(after.lastUse(), size)) {
            warnings.add(new StatusReason(
                    Reason.GenerationsDropped,
                    "claim " + before.claim() + " holds "
                            + Objects.requireNonNull(after.lastUse()).used()
                            + ", which nearly fills it, so generations " + deleted + " were deleted although"
                            + " retention.trusted.generations of the CachePolicy retains them: raise storage.size of the"
                            + " CachePolicy"));
        }
        var last = after.lastUse();
        if (last != null && last.note() != null && !last.equals(before.lastUse())) {
            warnings.add(new StatusReason(Reason.CacheDegraded, "run " + last.run() + ": " + last.note()));
        }
        return List.copyOf(warnings);
    }
}
