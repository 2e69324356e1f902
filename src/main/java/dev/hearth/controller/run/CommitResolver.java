package dev.hearth.controller.run;

import dev.hearth.api.DefinitionStatus;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.Reason;
import dev.hearth.cluster.ApiRejection;
import dev.hearth.cluster.PipelineReader;
import dev.hearth.controller.access.AllowedSecrets;
import dev.hearth.controller.access.RepositoryOpener;
import dev.hearth.controller.access.RepositoryOpener.Problem;
import dev.hearth.controller.run.DefinitionReader.Defined;
import dev.hearth.controller.support.BackgroundWork;
import dev.hearth.controller.support.BackgroundWork.Result;
import dev.hearth.core.approval.DefinitionOrigin;
import dev.hearth.core.buildcache.SeedRefs;
import dev.hearth.core.plan.Plan;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.ref.TrustDefaults;
import dev.hearth.core.secret.SecretUse;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.Durations;
import dev.hearth.core.validation.PipelineValidator;
import dev.hearth.git.CommitHistory;
import dev.hearth.git.GitException;
import dev.hearth.git.GitRemote;
import dev.hearth.git.RemoteRefs;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Resolves what a run executes: the present spec of its pipeline, and a commit that is on the run's ref. */
@ApplicationScoped
public class CommitResolver {
    static final Duration RETRY = Duration.ofSeconds(10);

    private final PipelineReader pipelines;
    private final AllowedSecrets secrets;
    private final RepositoryOpener repositories;
    private final RemoteRefs refs;
    private final CommitHistory history;
    private final DefinitionReader definitions;
    private final CommitMetadata metadata;
    private final Clock clock;
    private final BackgroundWork<PipelineRun, Resolved> commits;

    public CommitResolver(
            PipelineReader pipelines,
            AllowedSecrets secrets,
            RepositoryOpener repositories,
            RemoteRefs refs,
            CommitHistory history,
            DefinitionReader definitions,
            CommitMetadata metadata,
            Clock clock) {
        this.pipelines = pipelines;
        this.secrets = secrets;
        this.repositories = repositories;
        this.refs = refs;
        this.history = history;
        this.definitions = definitions;
        this.metadata = metadata;
        this.clock = clock;
        this.commits = new BackgroundWork<>("commits", clock);
    }

    BackgroundWork<PipelineRun, Resolved> background() {
        return commits;
    }

    /**
     * The answer of git.
     *
     * @param defined the spec, with the defaults of its trust filled in
     * @param recipe hash of the files that decide the dependencies
     * @param seedRefs refs whose caches suit the commit, best first
     * @param inputs hashes of the inputs of artifacts, by name of the build or task
     */
    record Resolved(
            Defined defined,
            String commit,
            Optional<String> recipe,
            List<String> seedRefs,
            Map<String, String> inputs) {
        PipelineSpec spec() {
            return defined.spec();
        }
    }

    /**
     * The part of a list of refs that is needed. The list itself may be long.
     *
     * @param head the default branch
     * @param baseTip newest commit of the base, or of the default branch if the base is not known
     * @param tip newest commit of the run's ref
     */
    private record Listed(Optional<String> head, Optional<String> baseTip, Optional<String> tip, SeedRefs seedRefs) {}

    /** The progress of the resolution. */
    sealed interface Resolution {
        record Found(Pipeline pipeline, Resolved resolved) implements Resolution {}

        record Searching(StatusReason why) implements Resolution {}

        /**
         * The run does not start.
         *
         * @param definition the definition that is wrong; null if it is something else
         */
        record Refused(StatusReason why, @Nullable DefinitionStatus definition) implements Resolution {
            Refused(StatusReason why) {
                this(why, null);
            }
        }
    }

    /**
     * Resolves a run.
     *
     * @param origin of the definition, if the pipeline has one
     */
    Resolution resolve(PipelineRun run, DefinitionOrigin origin) {
        var namespace = run.getMetadata().getNamespace();
        var found = pipelines.find(namespace, run.getSpec().pipeline());
        if (found.isEmpty()) {
            return new Resolution.Refused(new StatusReason(
                    Reason.PipelineNotFound,
                    "spec.pipeline names Pipeline " + run.getSpec().pipeline() + ", which does not exist"));
        }
        var pipeline = found.get();
        if (pipeline.unreadable().isPresent()) {
            return new Resolution.Refused(new StatusReason(
                    Reason.PipelineUnreadable,
                    "Pipeline " + run.getSpec().pipeline() + " cannot be read: "
                            + pipeline.unreadable().get()));
        }
        return PipelineValidator.in(pipeline.getSpec())
                .<Resolution>map(Resolution.Refused::new)
                .orElseGet(() -> search(run, pipeline, origin));
    }

    private Resolution search(PipelineRun run, Pipeline pipeline, DefinitionOrigin origin) {
        if (pipeline.getSpec().definition() != null && origin instanceof DefinitionOrigin.Unknown(StatusReason why)) {
            return unlessOverdue(run, pipeline, why);
        }
        var meta = pipeline.getMetadata();
        var question = meta.getUid() + "/" + meta.getGeneration() + "@" + run.getSpec() + origin;
        var answer = commits.ask(run, "commit", question, RETRY, () -> {
            var ref = run.getSpec().ref();
            var remote = repositories.open(
                    meta.getNamespace(), meta.getName(), pipeline.getSpec().source());
            var listed = refs.read(remote, listing -> {
                var head = listing.defaultBranch().orElse(null);
                var inForce = TrustDefaults.of(pipeline.getSpec(), head);
                return new Listed(
                        listing.defaultBranch(),
                        baseTip(origin, listing),
                        Optional.ofNullable(listing.commits().get(ref)),
                        SeedRefs.of(inForce, ref, listing.commits(), head));
            });
            var tip = listed.tip()
                    .orElseThrow(() ->
                            new Problem(new StatusReason(Reason.RefNotFound, "the repository has no ref " + ref)));
            var commit = commit(remote, run.getSpec(), tip);
            var defined = define(run, pipeline, origin, remote, commit, listed);
            var inForce = TrustDefaults.of(defined.spec(), listed.head().orElse(null));
            return metadata.read(run, new Defined(inForce, defined.definition()), remote, commit, listed.seedRefs());
        });
        if (answer.isEmpty()) {
            return new Resolution.Searching(new StatusReason(Reason.ResolvingCommit, "looking up the commit"));
        }
        return switch (answer.get()) {
            case Result.Value<Resolved>(Resolved resolved) ->
                pushProblem(run, resolved.spec())
                        .<Resolution>map(Resolution.Refused::new)
                        .orElseGet(() -> new Resolution.Found(pipeline, resolved));
            case Result.Failure<Resolved>(DefinitionReader.Unusable unusable) ->
                new Resolution.Refused(unusable.why(), unusable.definition());
            case Result.Failure<Resolved>(DefinitionReader.PipelineMistake mistake) ->
                unlessOverdue(run, pipeline, mistake.why());
            case Result.Failure<Resolved>(KubernetesClientException rejected) ->
                unlessOverdue(run, pipeline, ApiRejection.statusReason(rejected));
            case Result.Failure<Resolved>(Exception cause)
            when RepositoryOpener.isTransient(cause) ->
                unlessOverdue(run, pipeline, RepositoryOpener.statusReason(cause));
            case Result.Failure<Resolved>(Exception cause) ->
                new Resolution.Refused(RepositoryOpener.statusReason(cause));
        };
    }

    /** Something else than the pipeline stands in the way: it is tried again until the run's time is over. */
    private Resolution unlessOverdue(PipelineRun run, Pipeline pipeline, StatusReason why) {
        return clock.instant().isBefore(deadline(run, pipeline))
                ? new Resolution.Searching(why)
                : new Resolution.Refused(why);
    }

    private Defined define(
            PipelineRun run, Pipeline pipeline, DefinitionOrigin origin, GitRemote remote, String commit, Listed listed)
            throws GitException, Problem, DefinitionReader.Unusable, DefinitionReader.PipelineMistake {
        var spec = pipeline.getSpec();
        var definition = spec.definition();
        if (definition == null) {
            return new Defined(spec, null);
        }
        return switch (origin) {
            case DefinitionOrigin.OwnCommit() -> definitions.read(run, spec, definition, remote, commit);
            case DefinitionOrigin.OfBase _ -> {
                try {
                    yield definitions.read(run, spec, definition, remote, baseTip(listed));
                } catch (DefinitionReader.Unusable e) {
                    throw e.ofBase();
                }
            }
            case DefinitionOrigin.Unknown(var why) -> throw new Problem(why); // handled before
        };
    }

    private static Optional<String> baseTip(DefinitionOrigin origin, RemoteRefs.Listing listing) {
        var base = origin instanceof DefinitionOrigin.OfBase(var branch) && branch != null
                ? Optional.ofNullable(listing.commits().get("refs/heads/" + branch))
                : Optional.<String>empty();
        return base.or(() -> listing.defaultBranch().map(listing.commits()::get));
    }

    private static String baseTip(Listed listed) throws Problem {
        return listed.baseTip()
                .orElseThrow(() -> new Problem(new StatusReason(
                        Reason.DefinitionNotFound,
                        "the repository has no default branch, whose definition runs of strangers have: set one at the"
                                + " server of the repository")));
    }

    /** Returns why a build must not push. Trust, and so which builds push, is known only once the default branch is. */
    private Optional<StatusReason> pushProblem(PipelineRun run, PipelineSpec inForce) {
        return Plan.of(inForce, GitRef.of(run.getSpec().ref()))
                .builds()
                .flatMap(build -> Stream.ofNullable(build.push())
                        .flatMap(push -> SecretUse.of(build.spec().name(), push).stream()))
                .distinct()
                .flatMap(use ->
                        secrets
                                .refusal(
                                        run.getMetadata().getNamespace(),
                                        run.getSpec().pipeline(),
                                        use)
                                .stream())
                .findFirst();
    }

    /**
     * Returns the requested commit, or the tip of the ref. A requested commit must be on the ref: a server also
     * serves commits of pull requests from forks, so that a commit can be fetched does not prove that it is trusted.
     */
    private String commit(GitRemote remote, PipelineRunSpec wanted, String tip) throws GitException, Problem {
        var ref = wanted.ref();
        var commit = wanted.commit();
        if (commit == null || commit.equals(tip)) {
            return tip;
        }
        if (!history.contains(remote, ref, commit)) {
            throw new Problem(new StatusReason(
                    Reason.CommitNotOnRef,
                    "commit " + commit + " is not on " + ref
                            + ": the ref was rewritten, or the commit belongs to another"));
        }
        return commit;
    }

    /** Returns when the run's timeout ends. It counts from the start of the run. */
    private Instant deadline(PipelineRun run, Pipeline pipeline) {
        return Optional.ofNullable(run.getStatus())
                .map(PipelineRunStatus::startedAt)
                .map(Instant::parse)
                .orElseGet(clock::instant)
                .plus(Durations.parse(pipeline.getSpec().timeout()));
    }
}
