package dev.hearth.core.run;

import dev.hearth.api.History;
import dev.hearth.core.plan.Durations;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Decides which finished runs of a pipeline go. One that is not finished stays, and so does the newest trusted one that
 * succeeded: others take its artifacts, and the time that its tests took.
 */
public final class RunHistory {
    private RunHistory() {}

    /**
     * A run, as far as its stay depends on it.
     *
     * @param finishedAt empty for one that is not finished
     * @param exemplary whether it is trusted and succeeded
     */
    public record Past(String name, Optional<Instant> finishedAt, boolean exemplary) {}

    /** Names of the runs to delete, the oldest first. */
    public static List<String> beyond(History history, Collection<Past> runs, Instant now) {
        var keepFor = Durations.parse(history.keepFor());
        var newestFirst = runs.stream()
                .filter(run -> run.finishedAt().isPresent())
                .sorted(Comparator.comparing((Past run) -> run.finishedAt().orElseThrow())
                        .thenComparing(Past::name)
                        .reversed())
                .toList();
        var exemplar = newestFirst.stream().filter(Past::exemplary).findFirst();
        var gone = new ArrayList<String>();
        for (int at = 0; at < newestFirst.size(); at++) {
            var run = newestFirst.get(at);
            var tooMany = at >= history.keep();
            if ((tooMany || isOver(run, keepFor, now)) && !exemplar.equals(Optional.of(run))) {
                gone.addFirst(run.name());
            }
        }
        return gone;
    }

    /** Whether a run has been finished for so long; a clock that went back makes nothing old. */
    public static boolean isOver(Past run, Duration keepFor, Instant now) {
        return run.finishedAt()
                .map(finished -> !now.isBefore(finished.plus(keepFor)))
                .orElse(false);
    }
}
