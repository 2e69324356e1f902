package dev.hearth.core.forge;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which commits are compared with what the forge shows.
 *
 * @param due results to compare now, the newest first
 * @param next when the next comparison is due; empty if none is, or if some are due now
 */
public record ReportPlan(List<CommitResult> due, Optional<Instant> next) {
    /** Results that are older are neither reported nor compared: nobody waits for them. */
    public static final Duration OLDEST = Duration.ofDays(3);

    private static final Duration RECENT = Duration.ofHours(1);

    /** Somebody may wait for the result, and a status that stays pending blocks a merge. */
    private static final Duration WHILE_RUNNING = Duration.ofMinutes(5);

    /** It may wait for days for somebody's approval, or as skipped for the end of a draft. */
    private static final Duration WHILE_WAITING = Duration.ofHours(1);

    private static final Duration WHILE_RECENT = Duration.ofMinutes(10);
    private static final Duration WHILE_OLD = Duration.ofHours(6);

    /** Runs that are kept for their report. Of a forge that fails for long the oldest results are lost. */
    private static final int MOST_UNREPORTED = 200;

    /** Steps of a run that are shown. More would take minutes to write. */
    static final int MOST_STEPS = 25;

    /** Steps of all runs of a commit that are shown. */
    private static final int MOST_SHOWN = 4 * MOST_STEPS;

    /** Of a step that has to wait, and shows something else. */
    private static final CommitStatus LEFT_BY_ANOTHER =
            new CommitStatus(CommitStatus.State.Success, "left by a run that was deleted");

    private static final int JITTER = 1 << 10;

    /**
     * What the forge showed for a commit.
     *
     * @param steps what it showed of steps, also of earlier runs
     * @param digest of what it asked an approval for
     * @param denied whether the token was not allowed to write the status, so that it is not shown, or in a comment alone
     */
    public record Shown(
            CommitStatus status, List<StepResult> steps, Optional<String> digest, boolean denied, Instant at) {
        public Shown {
            steps = List.copyOf(steps);
        }

        /** Returns what is shown of a result after something else, if anything, was shown. */
        public static Shown of(CommitResult result, @Nullable Shown before, Instant at) {
            return new Shown(result.status(), ReportPlan.steps(result, before), result.digest(), false, at);
        }

        /** Returns what counts as shown of a result whose status the token was not allowed to write. */
        public static Shown ofDenied(CommitResult result, @Nullable Shown before, Instant at) {
            return new Shown(result.status(), ReportPlan.steps(result, before), result.digest(), true, at);
        }

        /**
         * Returns what counts as shown before a result is written, with steps of which the forge shows what a deleted run has left.
         *
         * @param before what was seen before; null if this process has seen nothing
         */
        public static Shown withLeft(
                CommitResult result, @Nullable Shown before, Collection<StepResult> left, Instant at) {
            var seen = before == null
                    ? new Shown(result.status(), ofOtherRuns(result), result.digest(), false, at)
                    : before;
            var all = Stream.concat(
                    seen.steps.stream(), left.stream().map(step -> new StepResult(step.step(), LEFT_BY_ANOTHER)));
            return new Shown(seen.status, all.toList(), seen.digest, seen.denied, seen.at);
        }

        /** Returns what other runs of the commit tell of its steps. */
        private static List<StepResult> ofOtherRuns(CommitResult result) {
            var own = result.steps().stream().map(StepResult::key).collect(Collectors.toSet());
            return result.otherSteps().stream()
                    .filter(step -> own.contains(step.key()))
                    .toList();
        }

        private boolean isOf(CommitResult result) {
            return status.equals(result.status())
                    && steps.equals(ReportPlan.steps(result, this))
                    && digest.equals(result.digest());
        }
    }

    /**
     * Returns what the forge has to show of the steps of a result. Of a step that has not started that is nothing, which blocks
     * a merge as well, unless an earlier run has left something there: its success must not count for this one. A step that was
     * shown is shown on, also if it is no longer one of the first, or no longer a step of the run.
     *
     * @param seen what was shown before; null if this process does not know, so that other runs of the commit tell it
     */
    public static List<StepResult> steps(CommitResult result, @Nullable Shown seen) {
        var left = new LinkedHashMap<String, StepResult>();
        (seen == null ? result.otherSteps() : seen.steps()).forEach(step -> left.putIfAbsent(step.key(), step));
        var all = new ArrayList<StepResult>();
        for (int i = 0; i < result.steps().size(); i++) {
            var step = result.steps().get(i);
            var before = left.remove(step.key());
            if (before != null) {
                all.add(step.waits() ? before.untilStarted() : step);
            } else if (i < MOST_STEPS && !step.waits()) {
                all.add(step);
            }
        }
        var others = left.values().stream();
        if (result.awaitsSteps()) {
            others = others.map(StepResult::untilStarted); // the run may get these steps
        } else if (seen == null) {
            others = Stream.empty();
        } else if (result.isSkippedWithoutSteps()) {
            others = others.map(step -> new StepResult(step.step(), result.status()));
        } else {
            others = others.map(StepResult::abandoned);
        }
        return Stream.concat(all.stream(), others).limit(MOST_SHOWN).toList();
    }

    /**
     * Returns the steps that have not started and are not shown as far as this process knows. The forge may show what a run has
     * left there that was deleted before this process was started.
     */
    public static List<StepResult> unknownSteps(CommitResult result, @Nullable Shown seen) {
        var shown = steps(result, seen).stream().map(StepResult::key).collect(Collectors.toSet());
        return result.steps().stream()
                .limit(MOST_STEPS)
                .filter(step -> step.waits() && !shown.contains(step.key()))
                .toList();
    }

    public ReportPlan {
        due = List.copyOf(due);
    }

    /**
     * Decides.
     *
     * @param shown what this process has seen or written, by commit
     * @param complete whether the results are of all runs, so that a commit without one has none any more
     * @param since when this process began to look; what an earlier one has reported counts as seen then
     */
    public static ReportPlan of(
            List<CommitResult> results, Map<String, Shown> shown, boolean complete, Instant since, Instant now) {
        var due = new ArrayList<CommitResult>();
        var next = Optional.<Instant>empty();
        var triesAgain = false;
        for (CommitResult result : results) {
            var seen = shown.get(result.commit());
            if (isTooOld(result, now) && (seen == null || seen.status().equals(result.status()))) {
                continue;
            }
            var at = dueAt(result, seen, since, now);
            // The newest one tells when the token has got the right.
            if (seen != null && seen.denied() && !triesAgain) {
                triesAgain = true;
                at = earlier(at, seen.at().plus(WHILE_RECENT));
            }
            if (!at.isAfter(now)) {
                due.add(result);
            } else if (next.isEmpty() || at.isBefore(next.get())) {
                next = Optional.of(at);
            }
        }
        if (complete) {
            due.addAll(ofDeletedRuns(results, shown));
        }
        return new ReportPlan(due, due.isEmpty() ? next : Optional.empty());
    }

    private static List<CommitResult> ofDeletedRuns(List<CommitResult> results, Map<String, Shown> shown) {
        var known = results.stream().map(CommitResult::commit).collect(Collectors.toSet());
        return shown.entrySet().stream()
                .filter(entry -> !entry.getValue().status().state().isFinal() && !known.contains(entry.getKey()))
                .map(entry -> CommitResult.ofDeletedRuns(entry.getKey()))
                .toList();
    }

    /** Returns the names of finished runs whose result is still to be reported, so that they are needed: a limited number. */
    public static Set<String> unreported(List<CommitResult> results, Instant now) {
        return results.stream()
                .filter(result -> !isTooOld(result, now) && !result.isReported())
                .flatMap(result -> result.runs().stream())
                .filter(run -> run.finishedAt().isPresent())
                .map(RunOutcome::name)
                .limit(MOST_UNREPORTED)
                .collect(Collectors.toSet());
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }

    private static boolean isTooOld(CommitResult result, Instant now) {
        return result.finishedAt().filter(at -> at.isBefore(now.minus(OLDEST))).isPresent();
    }

    private static Instant dueAt(CommitResult result, @Nullable Shown seen, Instant since, Instant now) {
        if (seen == null) {
            return result.isReported() ? since.plus(interval(result, now)) : now;
        }
        return seen.isOf(result) ? seen.at().plus(interval(result, now)) : now;
    }

    /** Returns the time between two comparisons, and up to half of it more, so that those of many commits spread. */
    private static Duration interval(CommitResult result, Instant now) {
        var interval = result.finishedAt()
                .map(at -> at.isBefore(now.minus(RECENT)) ? WHILE_OLD : WHILE_RECENT)
                .orElseGet(() -> switch (result.status().state()) {
                    case Waiting, NeedsApproval, Skipped, Success -> WHILE_WAITING;
                    case Running, Failure, Cancelled -> WHILE_RUNNING;
                });
        return interval.plus(interval.dividedBy(2L * JITTER)
                .multipliedBy(Math.floorMod(result.commit().hashCode(), JITTER)));
    }
}
