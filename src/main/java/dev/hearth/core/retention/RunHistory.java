package dev.hearth.core.retention;

import dev.hearth.api.HistorySpec;
import dev.hearth.api.Trust;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.text.Durations;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Decides which finished runs of a pipeline go. Runs of trusted branches, of trusted tags, of other refs, and runs that
 * ended before their ref's trust was known are counted apart, so that no number of pull requests removes a run of a
 * release; and the newest of each ref stay before a second one of any ref does. As many failed runs of trusted refs are
 * kept besides. A run that is not finished stays, and so does the newest trusted one that succeeded: others take its
 * artifacts, and the time that its tests took.
 */
public final class RunHistory {
    private RunHistory() {}

    /** Refs whose runs are counted together. */
    private enum Group {
        TRUSTED_BRANCHES,
        TRUSTED_TAGS,
        UNTRUSTED,
        /** Of runs that ended before it was known whether their ref is trusted. */
        UNRESOLVED
    }

    /** How a run ended. */
    public enum End {
        SUCCEEDED,
        FAILED,
        CANCELLED
    }

    /**
     * A run, as far as its stay depends on it.
     *
     * @param trust empty for one that never got so far
     * @param end empty for one that is not finished
     */
    public record Past(
            String name, GitRef ref, Optional<Trust> trust, Optional<Instant> finishedAt, Optional<End> end) {
        private Group group() {
            return trust.map(it -> switch (it) {
                        case Untrusted -> Group.UNTRUSTED;
                        case Trusted -> ref.kind() == GitRef.Kind.TAG ? Group.TRUSTED_TAGS : Group.TRUSTED_BRANCHES;
                    })
                    .orElse(Group.UNRESOLVED);
        }

        private boolean isTrusted() {
            return trust.equals(Optional.of(Trust.Trusted));
        }

        private boolean is(End other) {
            return end.equals(Optional.of(other));
        }
    }

    /** Names of the runs to delete, the oldest first. */
    public static List<String> beyond(HistorySpec history, Collection<Past> runs, Instant now) {
        var keepFor = Durations.parse(history.keepFor());
        var newestFirst = runs.stream()
                .filter(run -> run.finishedAt().isPresent())
                .sorted(Comparator.comparing((Past run) -> run.finishedAt().orElseThrow())
                        .thenComparing(Past::name)
                        .reversed())
                .toList();
        var kept = new HashSet<String>();
        var young =
                newestFirst.stream().filter(run -> !isOver(run, keepFor, now)).toList();
        young.stream()
                .collect(Collectors.groupingBy(Past::group))
                .values()
                .forEach(group -> kept.addAll(kept(group, history.keep())));
        kept.addAll(kept(
                young.stream()
                        .filter(run -> run.isTrusted() && run.is(End.FAILED))
                        .toList(),
                history.keep()));
        newestFirst.stream()
                .filter(run -> run.isTrusted() && run.is(End.SUCCEEDED))
                .findFirst()
                .ifPresent(run -> kept.add(run.name()));
        return newestFirst.reversed().stream()
                .map(Past::name)
                .filter(name -> !kept.contains(name))
                .toList();
    }

    /** The newest run of each ref first, then the second newest of each. */
    private static Set<String> kept(List<Past> newestFirst, int most) {
        Map<GitRef, Integer> seen = new HashMap<>();
        return newestFirst.stream()
                .map(run -> Map.entry(seen.merge(run.ref(), 1, Integer::sum), run.name()))
                .sorted(Map.Entry.comparingByKey())
                .limit(most)
                .map(Map.Entry::getValue)
                .collect(Collectors.toSet());
    }

    /** Whether a run has been finished for so long; a clock that went back makes nothing old. */
    public static boolean isOver(Past run, Duration keepFor, Instant now) {
        return run.finishedAt()
                .map(finished -> !now.isBefore(finished.plus(keepFor)))
                .orElse(false);
    }
}
