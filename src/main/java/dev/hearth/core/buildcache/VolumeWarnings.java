package dev.hearth.core.buildcache;

import dev.hearth.api.Reason;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.SealedGeneration;
import dev.hearth.core.status.StatusReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** What is worth a warning of what has become of a volume: nothing of it goes without a word. */
public final class VolumeWarnings {
    private VolumeWarnings() {}

    /**
     * Compares what was known with what is.
     *
     * @param size that the policy gives the volume, in KiB
     */
    public static List<StatusReason> of(ScopeVolume before, ScopeVolume after, long size) {
        var news = new ArrayList<StatusReason>();
        var gone = before.generations().stream()
                .filter(generation -> generation.state() == SealedGeneration.State.Sealed)
                .map(SealedGeneration::number)
                .filter(number -> after.generations().stream().noneMatch(generation -> generation.number() == number))
                .map(String::valueOf)
                .collect(Collectors.joining(", "));
        var generations = gone.isEmpty() ? "" : "generations " + gone;
        if (before.uid() != null
                && !before.uid().equals(after.uid())
                && before.claim().equals(after.claim())) {
            news.add(new StatusReason(
                    Reason.VolumeLost,
                    "claim " + before.claim() + " was deleted, or its storage is lost"
                            + (gone.isEmpty() ? "" : ", and with it " + generations)
                            + ": the next run begins it anew"));
        } else if (!gone.isEmpty() && VolumePressure.isShort(after.lastUse(), size)) {
            news.add(new StatusReason(
                    Reason.GenerationsDropped,
                    "claim " + before.claim() + " holds "
                            + Objects.requireNonNull(after.lastUse()).used()
                            + ", too much for storage.size of the CachePolicy: " + generations
                            + " went, which the policy would have kept"));
        }
        var last = after.lastUse();
        if (last != null && last.note() != null && !last.equals(before.lastUse())) {
            news.add(new StatusReason(Reason.CacheDegraded, "run " + last.run() + ": " + last.note()));
        }
        return List.copyOf(news);
    }
}
