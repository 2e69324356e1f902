package dev.hearth.controller.run;

import dev.hearth.api.Comparison;
import dev.hearth.api.ConditionType;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.PipelineStatus;
import dev.hearth.api.Reason;
import dev.hearth.api.RunTrigger;
import dev.hearth.api.Trust;
import dev.hearth.cluster.PipelineReader;
import dev.hearth.controller.access.ForgeAccess;
import dev.hearth.controller.access.RepositoryOpener;
import dev.hearth.controller.access.RepositoryOpener.Problem;
import dev.hearth.controller.support.BackgroundWork;
import dev.hearth.controller.support.BackgroundWork.Result;
import dev.hearth.controller.support.CacheIndex;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.ref.RefFilter;
import dev.hearth.core.ref.TrustDefaults;
import dev.hearth.core.status.ConditionFactory;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.trigger.PullRequestChange;
import dev.hearth.core.trigger.SkipDecision;
import dev.hearth.core.trigger.SkipRules;
import dev.hearth.core.validation.PipelineValidator;
import dev.hearth.forge.ForgeException;
import dev.hearth.forge.PullRequest;
import dev.hearth.git.CommitChanges;
import dev.hearth.git.GitException;
import dev.hearth.git.GitRemote;
import dev.hearth.git.RemoteRefs;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether a run that a ref has started is skipped. What cannot be found out skips nothing, so that no forge that
 * fails keeps a run waiting, or gives a commit a success.
 */
@ApplicationScoped
public class SkipCheck {
    private static final Logger LOG = Logger.getLogger(SkipCheck.class);
    private static final SkipDecision RUN = new SkipDecision.Run();
    private static final String TOPIC = "skips";

    /** Between two looks at a pull request that waits. The listing of refs, which webhooks cause, looks at it more often. */
    private static final Duration AGAIN = Duration.ofHours(1);

    private final CacheIndex index;
    private final PipelineReader pipelines;
    private final ForgeAccess forges;
    private final RepositoryOpener repositories;
    private final RemoteRefs refs;
    private final CommitChanges commits;
    private final BackgroundWork<PipelineRun, SkipDecision> work;

    /** Runs whose pull requests have changed since they were decided about. */
    private final Set<ResourceID> changed = ConcurrentHashMap.newKeySet();

    public SkipCheck(
            CacheIndex index,
            PipelineReader pipelines,
            ForgeAccess forges,
            RepositoryOpener repositories,
            RemoteRefs refs,
            CommitChanges commits,
            Clock clock) {
        this.index = index;
        this.pipelines = pipelines;
        this.forges = forges;
        this.repositories = repositories;
        this.refs = refs;
        this.commits = commits;
        this.work = new BackgroundWork<>(TOPIC, clock);
    }

    BackgroundWork<PipelineRun, SkipDecision> background() {
        return work;
    }

    /** Decides about a run again. */
    void changed(@Observes PullRequestChange change) {
        var run = new ResourceID(change.run(), change.namespace());
        changed.add(run);
        work.events().propagateEvent(run);
    }

    /** Returns the time until a run that waits is decided about again. */
    Duration pause() {
        return AGAIN;
    }

    /**
     * Decides whether a run is skipped. It is decided about once, and again only while it waits for its pull request.
     *
     * @param siblings all runs of its pipeline
     */
    SkipDecision decide(PipelineRun run, Collection<PipelineRun> siblings) {
        var again = changed.remove(ResourceID.fromResource(run));
        var commit = run.getSpec().commit();
        if (run.getSpec().trigger() != RunTrigger.Ref || commit == null || isDecided(run)) {
            return RUN;
        }
        var namespace = run.getMetadata().getNamespace();
        var name = run.getSpec().pipeline();
        return index.pipeline(namespace, name)
                .or(() -> pipelines.find(namespace, name))
                // A pipeline that cannot be read or is invalid is reported when the run starts.
                .filter(pipeline -> pipeline.unreadable().isEmpty()
                        && PipelineValidator.in(pipeline.getSpec()).isEmpty())
                .map(pipeline -> Question.of(run, pipeline, commit))
                .filter(Question::isAsked)
                .map(question -> ask(run, question, again, siblings))
                .orElse(RUN);
    }

    private static boolean isDecided(PipelineRun run) {
        @Nullable PipelineRunStatus status = run.getStatus();
        return status != null
                && status.phase() != null
                && !SkipRules.isWaiting(status)
                && ConditionFactory.find(status.conditions(), ConditionType.Succeeded)
                        .filter(condition -> condition.reason().equals(Reason.CheckingChanges.name()))
                        .isEmpty();
    }

    private SkipDecision ask(PipelineRun run, Question question, boolean again, Collection<PipelineRun> siblings) {
        // A pull request can have the definition of its base, which changes without it.
        var comparable =
                question.inForce().definition() == null || question.ref().kind() != GitRef.Kind.PULL_REQUEST;
        var succeeded = comparable && question.rules().readsPaths(question.ref())
                ? lastSuccess(run, question.inForce(), siblings)
                : Optional.<Comparison>empty();
        var meta = question.pipeline().getMetadata();
        var answer = work.ask(
                run,
                TOPIC,
                meta.getUid() + "/" + meta.getGeneration() + "@" + question.commit(),
                again ? Duration.ZERO : AGAIN,
                () -> find(question, succeeded.orElse(null)));
        return switch (answer.orElse(null)) {
            case null ->
                waits(run)
                        .orElseGet(() -> new SkipDecision.Wait(
                                new StatusReason(Reason.CheckingChanges, "checking whether the commit needs a run")));
            case Result.Value<SkipDecision>(SkipDecision decision) -> decision;
            case Result.Failure<SkipDecision>(Exception cause) ->
                waits(run).orElseGet(() -> {
                    LOG.infof(
                            "%s: is not skipped, since what it changes cannot be found out: %s",
                            ResourceName.of(run), cause.getMessage());
                    return RUN;
                });
        };
    }

    /** Returns what a run waits for, as its status says. It stays so until more is known. */
    private static Optional<SkipDecision> waits(PipelineRun run) {
        @Nullable PipelineRunStatus status = run.getStatus();
        return status == null || !SkipRules.isWaiting(status)
                ? Optional.empty()
                : ConditionFactory.find(status.conditions(), ConditionType.Succeeded)
                        .map(ConditionFactory::finding)
                        .map(SkipDecision.Wait::new);
    }

    /** What is to be found out. */
    private record Question(Pipeline pipeline, PipelineSpec inForce, SkipRules rules, GitRef ref, String commit) {
        static Question of(PipelineRun run, Pipeline pipeline, String commit) {
            @Nullable PipelineStatus status = pipeline.getStatus();
            var spec = TrustDefaults.of(pipeline.getSpec(), status == null ? null : status.defaultBranch());
            return new Question(
                    pipeline, spec, SkipRules.of(spec), GitRef.of(run.getSpec().ref()), commit);
        }

        boolean isAsked() {
            return rules.readsPullRequest(ref) || readsMessage() || rules.readsPaths(ref);
        }

        boolean readsMessage() {
            return rules.readsMessage(ref, trust());
        }

        Trust trust() {
            return RefFilter.trust(inForce.trusted(), ref);
        }
    }

    /**
     * Returns the newest run of the same ref and spec that has succeeded. A skipped one does not count, and need not: between
     * it and the one before, nothing has changed that counts.
     */
    private static Optional<Comparison> lastSuccess(
            PipelineRun run, PipelineSpec inForce, Collection<PipelineRun> siblings) {
        return siblings.stream()
                .filter(other -> other.getSpec().ref().equals(run.getSpec().ref()))
                .filter(other -> {
                    @Nullable PipelineRunStatus status = other.getStatus();
                    return status != null && status.phase() == Phase.Succeeded && SkipRules.didSame(status, inForce);
                })
                .max(Comparator.comparing(PipelineRun::createdAt).thenComparing(PipelineRun::name))
                .flatMap(other -> Optional.ofNullable(other.getStatus().commit())
                        .map(commit -> Comparison.withRun(commit, other.name())));
    }

    private SkipDecision find(Question question, @Nullable Comparison succeeded)
            throws Problem, ForgeException, GitException {
        var rules = question.rules();
        var ref = question.ref();
        var meta = question.pipeline().getMetadata();
        var remote = repositories.open(
                meta.getNamespace(), meta.getName(), question.inForce().source());
        var request = pullRequest(question);
        var target = refs.read(remote, listing -> Target.of(question, request.orElse(null), listing));
        // A commit that the ref does not have could be of anybody, and must not get a success in the name of the ref.
        if (!target.isOfRef()) {
            return RUN;
        }
        var state = request.filter(_ -> rules.readsPullRequest(ref))
                .flatMap(it -> rules.ofPullRequest(it.closed(), it.draft(), it.labels()));
        if (state.isPresent()) {
            return state.get();
        }
        if (question.readsMessage()) {
            var asked = rules.ofMessage(commits.message(remote, question.commit()));
            if (asked.isPresent()) {
                return new SkipDecision.Skip(asked.get(), question.trust(), null);
            }
        }
        if (!rules.readsPaths(ref)) {
            return RUN;
        }
        if (succeeded != null) {
            var decision = compare(question, remote, succeeded);
            if (decision.isPresent()) {
                return decision.get();
            }
        }
        return compareWithBranch(question, remote, target).orElse(RUN);
    }

    /**
     * What a listing of refs says about a commit.
     *
     * @param isOfRef whether the ref is at the commit
     * @param branch short name of the branch that a pull request or merge group is for; empty if it is not trusted: then
     *     whoever proposes the change may have written it as well
     * @param tip a commit of that branch
     */
    private record Target(boolean isOfRef, Optional<String> branch, Optional<String> tip) {
        /** Without a forge the branch that a pull request is for is not known. The default branch is taken for it. */
        static Target of(Question question, @Nullable PullRequest request, RemoteRefs.Listing listing) {
            var branch = request == null
                    ? question.ref().mergeTarget().or(listing::defaultBranch)
                    : request.target().map(name -> "refs/heads/" + name);
            var trusted = branch.map(GitRef::of)
                    .filter(ref -> RefFilter.trust(question.inForce().trusted(), ref) == Trust.Trusted);
            return new Target(
                    question.commit()
                            .equals(listing.commits().get(question.ref().name())),
                    trusted.map(GitRef::shortName),
                    trusted.map(ref -> listing.commits().get(ref.name())));
        }
    }

    private Optional<PullRequest> pullRequest(Question question) throws Problem, ForgeException {
        var number = question.ref().number();
        return number.isEmpty() || !ForgeAccess.isConfigured(question.pipeline())
                ? Optional.empty()
                : Optional.of(forges.open(question.pipeline()).call(forge -> forge.pullRequest(number.getAsLong())));
    }

    private Optional<SkipDecision> compareWithBranch(Question question, GitRemote remote, Target target)
            throws GitException {
        if (question.ref().kind() == GitRef.Kind.BRANCH || target.tip().isEmpty()) {
            return Optional.empty();
        }
        var common = commits.mergeBase(remote, question.commit(), target.tip().get());
        return common.isEmpty()
                ? Optional.empty()
                : compare(
                        question,
                        remote,
                        Comparison.withBranch(common.get(), target.branch().orElse(null)));
    }

    private Optional<SkipDecision> compare(Question question, GitRemote remote, Comparison with) throws GitException {
        var rules = question.rules();
        var difference = commits.between(remote, with.commit(), question.commit(), rules::counts);
        return rules.ofChanges(new SkipRules.Changes(difference.total(), difference.found(), difference.examples()))
                .map(why -> new SkipDecision.Skip(why, question.trust(), with));
    }
}
