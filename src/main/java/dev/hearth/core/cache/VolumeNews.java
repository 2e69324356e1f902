package dev.hearth.core.cache;

import dev.hearth.api.ScopeVolume;
import dev.hearth.api.SealedGeneration;
import dev.hearth.core.diagnosis.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** What is worth a warning of what has become of a volume: nothing of it goes without a word. */
public final class VolumeNews {
    private VolumeNews() {}

    /**
     * Compares what was known with what is.
     *
     * @param size that the policy gives the volume, in KiB
     */
    public static List<Finding> of(ScopeVolume before, ScopeVolume after, long size) {
        var news = new ArrayList<Finding>();
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
            news.add(new Finding(
                    CacheTrouble.VolumeLost.name(),
                    "claim " + before.claim() + " was deleted, or its storage is lost"
                            + (gone.isEmpty() ? "" : ", and with it " + generations)
                            + ": the next run begins it anew"));
        } else if (!gone.isEmpty() && Room.isShort(after.last(), size)) {
            news.add(new Finding(
                    "GenerationsDropped",
                    "claim " + before.claim() + " holds "
                            + Objects.requireNonNull(after.last()).used()
                            + ", too much for storage.size of the CachePolicy: " + generations
                            + " went, which the policy would have kept"));
        }
        var last = after.last();
        if (last != null && last.note() != null && !last.equals(before.last())) {
            news.add(new Finding("CacheDegraded", "run " + last.run() + ": " + last.note()));
        }
        return List.copyOf(news);
    }
}
