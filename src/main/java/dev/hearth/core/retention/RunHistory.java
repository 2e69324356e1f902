package dev.hearth.core.retention;

import dev.hearth.api.HistorySpec;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.RetentionSpec.Trusted;
import dev.hearth.api.RetentionSpec.Untrusted;
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
 * Decides which finished runs of a pipeline are deleted. It retains {@code spec.history.keep} runs each of trusted branches,
 * of trusted tags, of untrusted refs, of refs whose trust is unknown, and of skipped runs of trusted and untrusted refs. So no
 * number of pull requests displaces a run of a release. Within these groups, the newest run of each ref is retained before the
 * second newest of any ref.
 *
 * <p>As many failed runs of trusted refs are retained in addition. Unfinished runs are always retained. The newest trusted run
 * of a ref that succeeded is retained however old it is, for as many refs, because later runs reuse its artifacts and test
 * durations.
 */
public final class RunHistory {
    private RunHistory() {}

    /** Runs that are counted together. */
    private enum Group {
        TRUSTED_BRANCHES,
        TRUSTED_TAGS,
        UNTRUSTED,
        TRUSTED_SKIPPED,
        UNTRUSTED_SKIPPED,
        /** Runs that finished before the trust of their ref was known. */
        UNRESOLVED
    }

    /** How a run ended. */
    public enum End {
        SUCCEEDED,
        /** Nothing was run. */
        SKIPPED,
        FAILED,
        CANCELLED
    }

    /**
     * What the decision needs to know about a run.
     *
     * @param trust empty if the run finished before it was computed
     * @param finishedAt empty if the run has not finished
     * @param end empty if the run has not finished
     */
    public record Run(String name, GitRef ref, Optional<Trust> trust, Optional<Instant> finishedAt, Optional<End> end) {

        public static Run of(PipelineRun run) {
            var status = Optional.ofNullable(run.getStatus());
            return new Run(
                    run.name(),
                    GitRef.of(run.getSpec().ref()),
                    status.map(PipelineRunStatus::trust),
                    status.map(PipelineRunStatus::finishedAt).map(at -> notBefore(run, Instant.parse(at))),
                    status.map(PipelineRunStatus::phase).flatMap(Run::end));
        }

        private static Optional<End> end(PipelineRunStatus.Phase phase) {
            return switch (phase) {
                case Succeeded -> Optional.of(End.SUCCEEDED);
                case Skipped -> Optional.of(End.SKIPPED);
                case Failed -> Optional.of(End.FAILED);
                case Cancelled -> Optional.of(End.CANCELLED);
                case Pending, Running -> Optional.empty();
            };
        }

        /** A run cannot have finished before it was created: the operator's clock was behind when it recorded the time. */
        private static Instant notBefore(PipelineRun run, Instant finished) {
            var created = run.createdAt();
            return finished.isBefore(created) ? created : finished;
        }

        private Group group() {
            if (is(End.SKIPPED)) {
                return isTrusted() ? Group.TRUSTED_SKIPPED : Group.UNTRUSTED_SKIPPED;
            }
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

    /** Returns the names of the runs to delete, oldest first. */
    public static List<String> expired(HistorySpec history, Collection<Run> runs, Instant now) {
        var keepFor = Durations.parse(history.keepFor());
        var keepFailedFor = Optional.ofNullable(history.keepFailedFor())
                .map(Durations::parse)
                .orElse(keepFor);
        var newestFirst = runs.stream()
                .filter(run -> run.finishedAt().isPresent())
                .sorted(Comparator.comparing((Run run) -> run.finishedAt().orElseThrow())
                        .thenComparing(Run::name)
                        .reversed())
                .toList();
        var retained = new HashSet<String>();
        var young = newestFirst.stream()
                .filter(run -> !isOlderThan(run, run.is(End.FAILED) ? keepFailedFor : keepFor, now))
                .toList();
        young.stream()
                .collect(Collectors.groupingBy(Run::group))
                .values()
                .forEach(group -> retained.addAll(newest(group, history.keep())));
        retained.addAll(newest(
                young.stream()
                        .filter(run -> run.isTrusted() && run.is(End.FAILED))
                        .toList(),
                history.keep()));
        retained.addAll(newestSuccesses(newestFirst, history.keep()));
        return newestFirst.reversed().stream()
                .map(Run::name)
                .filter(name -> !retained.contains(name))
                .toList();
    }

    /** Returns the names of the newest trusted runs that succeeded: one of each ref, of at most so many refs. */
    private static Set<String> newestSuccesses(List<Run> newestFirst, int most) {
        var refs = new HashSet<GitRef>();
        return newestFirst.stream()
                .filter(run -> run.isTrusted() && run.is(End.SUCCEEDED) && refs.add(run.ref()))
                .limit(most)
                .map(Run::name)
                .collect(Collectors.toSet());
    }

    /** Returns the names of at most so many runs: first the newest of each ref, then the second newest of each. */
    private static Set<String> newest(List<Run> newestFirst, int most) {
        Map<GitRef, Integer> seen = new HashMap<>();
        return newestFirst.stream()
                .map(run -> Map.entry(seen.merge(run.ref(), 1, Integer::sum), run.name()))
                .sorted(Map.Entry.comparingByKey())
                .limit(most)
                .map(Map.Entry::getValue)
                .collect(Collectors.toSet());
    }

    /** Whether a run finished at least that long ago. */
    public static boolean isOlderThan(Run run, Duration keepFor, Instant now) {
        return run.finishedAt()
                .map(finished -> !now.isBefore(finished.plus(keepFor)))
                .orElse(false);
    }
}
