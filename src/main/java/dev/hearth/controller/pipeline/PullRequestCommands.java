package dev.hearth.controller.pipeline;

import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.Reason;
import dev.hearth.api.RunApproval;
import dev.hearth.api.RunTrigger;
import dev.hearth.cluster.ApiRejection;
import dev.hearth.cluster.PipelineRunClient;
import dev.hearth.controller.access.ForgeAccess;
import dev.hearth.controller.access.RepositoryOpener.Problem;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.approval.CommentCommand;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.trigger.PullRequestChange;
import dev.hearth.core.trigger.SkipRules;
import dev.hearth.forge.Comment;
import dev.hearth.forge.ForgeApi;
import dev.hearth.forge.ForgeException;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Carries out the commands in comments at pull requests. Only people who may write the repository give commands. A command is for
 * the newest run of the commit that its pull request has now. The run notes the number of the comment, and only later comments
 * count then, so that each is carried out once, whatever the clocks say.
 */
@ApplicationScoped
public class PullRequestCommands {
    /** Annotation of a run: the number of the last comment whose command was carried out for it. */
    static final String COMMENT = "hearth.dev/comment";

    private static final Logger LOG = Logger.getLogger(PullRequestCommands.class);

    /** Pull requests whose comments are read at one look: the newest runs, and others in turn. */
    private static final int NEWEST = 5;

    private static final int IN_TURN = 5;

    /** Commands for a run that has ended longer ago are not expected. */
    private static final Duration OLDEST = Duration.ofDays(1);

    /** A comment may be older than the run that it approves, if that was created late. */
    private static final Duration BEFORE = Duration.ofHours(1);

    /** Between two looks: everybody can comment, and each comment can be told by a webhook. */
    private static final Duration PAUSE = Duration.ofSeconds(10);

    private final ForgeAccess forges;
    private final PipelineRunClient runs;
    private final Event<PullRequestChange> changes;
    private final Clock clock;

    /** How many looks each pipeline has had, and when the next one may be. */
    private final Map<ResourceID, Turn> turns = new ConcurrentHashMap<>();

    private record Turn(int looks, Instant notBefore) {}

    public PullRequestCommands(
            ForgeAccess forges, PipelineRunClient runs, Event<PullRequestChange> changes, Clock clock) {
        this.forges = forges;
        this.runs = runs;
        this.changes = changes;
        this.clock = clock;
    }

    /**
     * Looks for commands, and carries them out. One pull request whose comments cannot be read keeps no other back.
     *
     * @param commits commits of refs of the repository, by full ref name
     * @return the first failure
     */
    @SuppressWarnings("IllegalCatch") // one pull request keeps no other back
    Optional<StatusReason> look(Pipeline pipeline, Collection<PipelineRun> known, Map<String, String> commits) {
        var id = ResourceID.fromResource(pipeline);
        var turn = turns.getOrDefault(id, new Turn(0, Instant.MIN));
        var candidates = inTurn(candidates(known, commits), turn.looks());
        if (candidates.isEmpty()
                || !ForgeAccess.isConfigured(pipeline)
                || clock.instant().isBefore(turn.notBefore())) {
            return Optional.empty();
        }
        turns.put(id, new Turn(turn.looks() + 1, clock.instant().plus(PAUSE)));
        var failures = Stream.<StatusReason>builder();
        try {
            var forge = forges.open(pipeline);
            for (PipelineRun run : candidates) {
                try {
                    forge.call(api -> look(pipeline, run, api));
                } catch (ForgeException e) {
                    failures.add(ForgeAccess.statusReason(e));
                    if (e.until().isPresent()) {
                        turns.put(id, new Turn(turn.looks(), e.until().get()));
                        break;
                    }
                } catch (KubernetesClientException e) {
                    failures.add(ApiRejection.statusReason(e));
                } catch (RuntimeException e) {
                    LOG.errorf(e, "%s: the comments cannot be read", ResourceName.of(run));
                    failures.add(new StatusReason(Reason.InternalError, "comments cannot be read: " + e));
                }
            }
        } catch (Problem e) {
            failures.add(e.statusReason());
        }
        return failures.build().findFirst();
    }

    /** Forgets pipelines that no longer exist. */
    void retain(Predicate<ResourceID> exists) {
        turns.keySet().removeIf(id -> !exists.test(id));
    }

    /** Returns the runs to which a command can apply, the newest first: one of each pull request, of its present commit. */
    private List<PipelineRun> candidates(Collection<PipelineRun> known, Map<String, String> commits) {
        var now = clock.instant();
        var current = known.stream()
                .filter(run -> GitRef.of(run.getSpec().ref()).number().isPresent()
                        && KnownRuns.commit(run)
                                .filter(commit ->
                                        commit.equals(commits.get(run.getSpec().ref())))
                                .isPresent());
        return KnownRuns.newestOfEachRef(current).stream()
                .filter(run -> awaitsCommand(run, now))
                .toList();
    }

    private static List<PipelineRun> inTurn(List<PipelineRun> all, int looks) {
        if (all.size() <= NEWEST + IN_TURN) {
            return all;
        }
        var others = all.subList(NEWEST, all.size());
        var first = Math.floorMod(looks * IN_TURN, others.size());
        return Stream.of(
                        all.subList(0, NEWEST).stream(),
                        others.stream().skip(first),
                        others.stream().limit(first))
                .flatMap(Function.identity())
                .limit(NEWEST + IN_TURN)
                .toList();
    }

    private static boolean awaitsCommand(PipelineRun run, Instant now) {
        var status = status(run);
        return status.finishedAt() == null
                || (status.phase() != Phase.Succeeded
                        && Instant.parse(status.finishedAt()).isAfter(now.minus(OLDEST)));
    }

    private boolean look(Pipeline pipeline, PipelineRun run, ForgeApi forge) throws ForgeException {
        var number = GitRef.of(run.getSpec().ref()).number().orElseThrow();
        var comments = forge.comments(number, created(run).minus(BEFORE)).stream()
                .filter(comment -> comment.id() > KnownRuns.noted(run, COMMENT))
                .sorted(Comparator.comparingLong(Comment::id))
                .toList();
        for (Comment comment : comments) {
            var command = CommentCommand.of(comment.body()).filter(it -> applies(it, run, comment.at()));
            if (command.isPresent() && forge.mayWrite(comment.author())) {
                LOG.infof(
                        "%s: %s of %s",
                        ResourceName.of(run), command.get(), comment.author().shownName());
                carryOut(pipeline, run, command.get(), comment);
                return true; // the next look sees what it has led to
            }
        }
        return lookAtSkipped(pipeline, run, forge, number);
    }

    /** Lets a run be decided about again, or the commit run again, if the pull request is not what the status says of it. */
    private boolean lookAtSkipped(Pipeline pipeline, PipelineRun run, ForgeApi forge, long number)
            throws ForgeException {
        var status = status(run);
        if (SkipRules.isWaiting(status)) {
            var now = forge.pullRequest(number);
            var rules = SkipRules.of(pipeline.getSpec());
            if (!SkipRules.isShown(
                    status,
                    rules.ofPullRequest(now.closed(), now.draft(), now.labels()).orElse(null))) {
                changes.fire(new PullRequestChange(
                        run.getMetadata().getNamespace(), run.getMetadata().getName()));
            }
        } else if (SkipRules.canBeOutdated(status)) {
            var now = forge.pullRequest(number);
            if (SkipRules.isOutdated(status, now.closed(), now.target().orElse(null))) {
                var _ = runs.create(TriggeredRun.again(pipeline, run, RunTrigger.Ref, Map.of()));
                return true;
            }
        }
        return false;
    }

    private static boolean applies(CommentCommand command, PipelineRun run, Instant at) {
        var status = status(run);
        return switch (command) {
            case CommentCommand.Approve(String approved) ->
                status.approval() != null
                        && run.getSpec().approval() == null
                        && approved.equals(run.getSpec().commit());
            case CommentCommand.Retest() -> status.finishedAt() != null && !at.isBefore(created(run));
            case CommentCommand.Cancel() ->
                status.finishedAt() == null && !run.getSpec().cancel() && !at.isBefore(created(run));
        };
    }

    private void carryOut(Pipeline pipeline, PipelineRun run, CommentCommand command, Comment comment) {
        var author = comment.author().shownName();
        var note = Map.of(COMMENT, String.valueOf(comment.id()));
        switch (command) {
            case CommentCommand.Approve(String commit) ->
                runs.approve(
                        run,
                        new RunApproval(
                                commit,
                                Objects.requireNonNull(status(run).approval()).digest(),
                                author),
                        note);
            case CommentCommand.Cancel() -> runs.cancel(run, "a comment of " + author, note);
            case CommentCommand.Retest() -> {
                var _ = runs.create(TriggeredRun.again(pipeline, run, RunTrigger.Comment, note));
                runs.annotate(run, note);
            }
        }
    }

    private static Instant created(PipelineRun run) {
        return Instant.parse(run.getMetadata().getCreationTimestamp());
    }

    private static PipelineRunStatus status(PipelineRun run) {
        return Objects.requireNonNullElse(run.getStatus(), PipelineRunStatus.EMPTY);
    }
}
