package dev.hearth.controller.pipeline;

import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.Reason;
import dev.hearth.api.RunApproval;
import dev.hearth.api.RunTrigger;
import dev.hearth.cluster.ApiRejection;
import dev.hearth.cluster.PipelineRunClient;
import dev.hearth.controller.access.ForgeAccess;
import dev.hearth.controller.access.RepositoryOpener.Problem;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.approval.CommentCommand;
import dev.hearth.core.forge.CommandedRuns;
import dev.hearth.core.forge.CommentTargets;
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
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
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
    private static final Logger LOG = Logger.getLogger(PullRequestCommands.class);

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
        var candidates = CommentTargets.of(known, commits, turn.looks(), clock.instant());
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

    private boolean look(Pipeline pipeline, PipelineRun run, ForgeApi forge) throws ForgeException {
        var number = GitRef.of(run.getSpec().ref()).number().orElseThrow();
        var comments = forge.comments(number, CommentTargets.since(run)).stream()
                .filter(comment -> comment.id() > CommandedRuns.noted(run, CommentTargets.COMMENT))
                .sorted(Comparator.comparingLong(Comment::id))
                .toList();
        for (Comment comment : comments) {
            var command = CommentCommand.of(comment.body()).filter(it -> CommentTargets.applies(it, run, comment.at()));
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

    private void carryOut(Pipeline pipeline, PipelineRun run, CommentCommand command, Comment comment) {
        var author = comment.author().shownName();
        var note = Map.of(CommentTargets.COMMENT, String.valueOf(comment.id()));
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

    private static PipelineRunStatus status(PipelineRun run) {
        return Objects.requireNonNullElse(run.getStatus(), PipelineRunStatus.EMPTY);
    }
}
