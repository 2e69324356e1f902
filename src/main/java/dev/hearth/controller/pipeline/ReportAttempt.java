package dev.hearth.controller.pipeline;

import dev.hearth.api.ForgeSpec;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.Reason;
import dev.hearth.controller.access.ForgeAccess;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.forge.CommitResult;
import dev.hearth.core.forge.ReportPiece;
import dev.hearth.core.forge.ReportPlan;
import dev.hearth.core.forge.ReportPlan.Shown;
import dev.hearth.core.forge.ResultComment;
import dev.hearth.core.forge.RunDetails;
import dev.hearth.core.forge.StepResult;
import dev.hearth.core.status.StatusReason;
import dev.hearth.forge.ForgeApi;
import dev.hearth.forge.ForgeClient;
import dev.hearth.forge.ForgeException;
import dev.hearth.forge.NamedStatus;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to report what is due of a pipeline. The statuses of the pipeline at all commits come first, then those of steps.
 * What the forge refuses of one commit, step or pull request keeps no other back.
 */
final class ReportAttempt {
    private static final Logger LOG = Logger.getLogger(ReportAttempt.class);

    /** Statuses of steps in one call, which has a time limit. Each needs up to four requests. */
    private static final int STEPS_OF_A_CALL = 5;

    private final Pipeline pipeline;
    private final @Nullable ForgeSpec spec;
    private final String title;
    private final Work work;
    private final Reported known;
    private final Journal journal;
    private final Clock clock;
    private final AtomicInteger progress = new AtomicInteger();

    ReportAttempt(Pipeline pipeline, Work work, Reported known, Journal journal, Clock clock) {
        this.pipeline = pipeline;
        this.spec = pipeline.getSpec().forge();
        var name = pipeline.getMetadata().getName();
        this.title = spec == null ? name : spec.statusName(name);
        this.work = work;
        this.known = known;
        this.journal = journal;
        this.clock = clock;
    }

    /**
     * What there is to do.
     *
     * @param results those of all commits
     * @param runs all runs
     */
    record Work(ReportPiece piece, List<CommitResult> results, Collection<PipelineRun> runs) {}

    /** Where an attempt notes what it does. */
    interface Journal {
        /** Counts what became of a status. */
        void count(String outcome);

        /** Notes at the runs of a result that it is shown. */
        void remember(CommitResult result);
    }

    /**
     * A commit whose status of the pipeline was written or refused.
     *
     * @param seen what counts as shown before; null if that is not known
     * @param steps that the forge does not show yet
     * @param refusal the first one
     */
    private record Begun(
            CommitResult result,
            @Nullable Shown seen,
            List<NamedStatus> steps,
            @Nullable ForgeException refusal) {
        Begun after(int written, @Nullable ForgeException refused) {
            return new Begun(result, seen, steps.subList(written, steps.size()), refusal == null ? refused : refusal);
        }
    }

    /** Returns whether something was reported, also if the attempt then failed. */
    boolean madeProgress() {
        return progress.get() > 0;
    }

    /** Reports. Throws if the forge accepts nothing now. */
    void report(ForgeClient.Session forge) throws ForgeException {
        var begun = new ArrayList<Begun>();
        for (CommitResult result : work.piece().due()) {
            try {
                var first = forge.call(api -> begin(result, api));
                note(first);
                begun.add(first);
            } catch (ForgeException e) {
                switch (e.kind()) {
                    case Refused -> {
                        journal.count("Failed");
                        known.refuse(
                                result, ForgeAccess.statusReason(e), Shown.of(result, seen(result), clock.instant()));
                    }
                    case Unwritable -> comment(forge, result, e);
                    case Unavailable, Exceeded, Denied, NotFound, RateLimited -> throw e;
                }
            }
        }
        reportSteps(forge, begun);
    }

    /** Compares all statuses of a commit in one reading, and writes that of the pipeline. */
    private Begun begin(CommitResult result, ForgeApi api) throws ForgeException {
        var details = work.runs().stream()
                .filter(run -> result.run().filter(run.name()::equals).isPresent())
                .findFirst()
                .map(run -> RunDetails.of(
                        result.commit(), RunOutcomeReader.status(run), spec != null && spec.hasButtons()));
        var own = new NamedStatus(title, result.commit(), result.ref(), result.status(), details.orElse(null));
        var seen = seen(result);
        var steps = ReportPlan.steps(result, seen).stream().map(step -> named(step, result));
        var unknown = ReportPlan.unknownSteps(result, seen);
        var others = unknown.stream().map(step -> named(step, result).onlyInsteadOfAnother());
        var missing = api.missing(
                Stream.of(Stream.of(own), steps, others).flatMap(each -> each).toList());
        var left = unknown.stream()
                .filter(step -> missing.contains(named(step, result).onlyInsteadOfAnother()))
                .toList();
        if (missing.isEmpty()) {
            journal.count("Unchanged");
        }
        return new Begun(
                result,
                left.isEmpty() ? seen : Shown.withLeft(result, seen, left, clock.instant()),
                missing.stream().filter(it -> !it.equals(own)).toList(),
                missing.contains(own) ? write(own, api).orElse(null) : null);
    }

    private @Nullable Shown seen(CommitResult result) {
        return known.shown.get(result.commit());
    }

    private NamedStatus named(StepResult step, CommitResult result) {
        return new NamedStatus(name(step), result.commit(), result.ref(), step.status(), result.details(step));
    }

    private String name(StepResult step) {
        return title + "/" + step.step();
    }

    private void reportSteps(ForgeClient.Session forge, List<Begun> begun) throws ForgeException {
        var left = work.piece().steps();
        for (Begun commit : begun) {
            // Of a commit without runs nothing is left to tell later that its steps go on.
            var most = commit.result().runs().isEmpty() ? commit.steps().size() : left;
            try {
                left -= reportSteps(forge, commit, most);
            } catch (ForgeException e) {
                if (e.kind() != ForgeException.Kind.Unwritable) {
                    throw e;
                }
                comment(forge, commit.result(), e);
            }
        }
    }

    /** Writes statuses of the steps of a commit. Returns how many. */
    private int reportSteps(ForgeClient.Session forge, Begun commit, int most) throws ForgeException {
        var written = 0;
        for (var rest = commit; written < most && !rest.steps().isEmpty(); ) {
            var now = rest.steps().stream()
                    .limit(Math.min(most - written, STEPS_OF_A_CALL))
                    .toList();
            known.spend(now.size());
            var refused = forge.call(api -> writeAll(now, api)).orElse(null);
            rest = rest.after(now.size(), refused);
            written += now.size();
            note(rest);
        }
        return written;
    }

    /** Writes some statuses. Returns the first refusal. */
    private Optional<ForgeException> writeAll(List<NamedStatus> statuses, ForgeApi api) throws ForgeException {
        var refused = Optional.<ForgeException>empty();
        for (NamedStatus status : statuses) {
            var one = write(status, api);
            refused = refused.or(() -> one);
        }
        return refused;
    }

    /** Writes a status. Returns why the forge refuses it. */
    private Optional<ForgeException> write(NamedStatus status, ForgeApi api) throws ForgeException {
        LOG.debugf("%s: reports %s", ResourceName.of(pipeline), status);
        try {
            api.write(status);
            journal.count("Written");
            progress.incrementAndGet();
            return Optional.empty();
        } catch (ForgeException e) {
            if (e.kind() != ForgeException.Kind.Refused) {
                throw e;
            }
            return Optional.of(e);
        }
    }

    /** Notes what is shown of a commit. */
    private void note(Begun commit) {
        progress.incrementAndGet();
        var result = commit.result();
        var complete = commit.steps().isEmpty();
        if (result.runs().isEmpty() && !complete) {
            return;
        }
        var shown = complete ? Shown.of(result, commit.seen(), clock.instant()) : shownSoFar(commit);
        var refusal = commit.refusal();
        if (refusal == null) {
            known.accept(result, shown);
            if (complete) {
                journal.remember(result);
            }
        } else {
            known.refuse(result, ForgeAccess.statusReason(refusal), shown);
            if (complete) {
                journal.count("Failed");
            }
        }
    }

    /** Returns what is shown while some steps are not: these as they were seen before, if that was something else. */
    private Shown shownSoFar(Begun commit) {
        var result = commit.result();
        var unwritten = commit.steps().stream().map(NamedStatus::name).collect(Collectors.toSet());
        var seen = commit.seen();
        var wanted = ReportPlan.steps(result, seen);
        var written = wanted.stream().filter(step -> !unwritten.contains(name(step)));
        var before = (seen == null ? result.otherSteps() : seen.steps())
                .stream().filter(step -> unwritten.contains(name(step)) && !wanted.contains(step));
        return new Shown(
                result.status(), Stream.concat(written, before).toList(), result.digest(), false, clock.instant());
    }

    /** Shows a result whose status may not be written in a comment at its pull requests, if it has any and the token may comment. */
    private void comment(ForgeClient.Session forge, CommitResult result, ForgeException denied) throws ForgeException {
        var why = ForgeAccess.statusReason(denied);
        var wanted = ResultComment.of(title, result);
        var failures = new ArrayList<ForgeException>();
        var commented = 0;
        for (long number : ResultComment.pullRequests(result, work.results())) {
            try {
                var written = forge.<Boolean>call(api -> api.comment(number, wanted));
                journal.count(written ? "Commented" : "Unchanged");
                progress.incrementAndGet();
                commented++;
            } catch (ForgeException e) {
                switch (e.kind()) {
                    // Strangers can make a pull request so: that holds up no other.
                    case Exceeded, Denied, NotFound, Refused, Unwritable -> {
                        LOG.infof(
                                "%s: pull request %d shows no result: %s",
                                ResourceName.of(pipeline), number, e.getMessage());
                        failures.add(e);
                    }
                    case Unavailable, RateLimited -> throw e;
                }
            }
        }
        if (commented == 0) {
            journal.count("Failed");
        } else {
            journal.remember(result);
            why = new StatusReason(
                    Reason.ResultsInComments,
                    why.message() + ". Until then a comment at each pull request shows its result"
                            + (failures.isEmpty()
                                    ? ""
                                    : ", except: " + failures.getFirst().getMessage()));
        }
        known.refuse(result, why, Shown.ofDenied(result, seen(result), clock.instant()));
        progress.incrementAndGet();
    }
}
