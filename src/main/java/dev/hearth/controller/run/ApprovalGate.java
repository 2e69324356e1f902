package dev.hearth.controller.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.Reason;
import dev.hearth.api.RunApproval;
import dev.hearth.api.StrangerRule;
import dev.hearth.cluster.PipelineReader;
import dev.hearth.controller.access.ForgeAccess;
import dev.hearth.controller.access.RepositoryOpener;
import dev.hearth.controller.access.RepositoryOpener.Problem;
import dev.hearth.controller.support.BackgroundWork;
import dev.hearth.controller.support.BackgroundWork.Result;
import dev.hearth.controller.support.CacheIndex;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.approval.ApprovalDecision;
import dev.hearth.core.approval.DefinitionOrigin;
import dev.hearth.core.approval.Proposal;
import dev.hearth.core.approval.ProposalBuilder;
import dev.hearth.core.buildcache.CacheRecipe;
import dev.hearth.core.glob.PathPattern;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.status.StatusReason;
import dev.hearth.forge.ForgeException;
import dev.hearth.forge.PullRequest;
import dev.hearth.git.CommitFiles;
import dev.hearth.git.GitException;
import dev.hearth.git.GitRemote;
import dev.hearth.pod.ObjectLabels;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.codec.digest.DigestUtils;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Holds the runs that Hearth has created for pull requests of strangers until somebody approves them. Who is a stranger comes
 * from the forge. As long as it does not answer, a run waits, unless strangers may run. A run that a user has created needs no
 * approval: that user may create runs.
 */
@ApplicationScoped
public class ApprovalGate {
    private static final Logger LOG = Logger.getLogger(ApprovalGate.class);
    private static final ApprovalDecision START = new ApprovalDecision.Start(new DefinitionOrigin.OwnCommit());

    /** Without a definition this is the same. The pipeline may have got one that the watch has not shown yet. */
    private static final ApprovalDecision START_AS_DEFAULT_BRANCH =
            new ApprovalDecision.Start(new DefinitionOrigin.OfBase(null));

    private static final Duration RETRY = Duration.ofSeconds(30);

    /** Somebody may have got the right to write the repository since. */
    private static final Duration AGAIN = Duration.ofHours(1);

    /** The order of maps is the same in each process, and so is the digest. */
    private static final ObjectMapper JSON =
            new ObjectMapper().configure(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS, true);

    private final CacheIndex index;
    private final PipelineReader pipelines;
    private final ForgeAccess forges;
    private final RepositoryOpener repositories;
    private final CommitFiles files;
    private final DefinitionReader definitions;
    private final Clock clock;
    private final BackgroundWork<PipelineRun, Proposal> proposals;

    public ApprovalGate(
            CacheIndex index,
            PipelineReader pipelines,
            ForgeAccess forges,
            RepositoryOpener repositories,
            CommitFiles files,
            DefinitionReader definitions,
            Clock clock) {
        this.index = index;
        this.pipelines = pipelines;
        this.forges = forges;
        this.repositories = repositories;
        this.files = files;
        this.definitions = definitions;
        this.clock = clock;
        this.proposals = new BackgroundWork<>("proposals", clock);
    }

    BackgroundWork<PipelineRun, Proposal> background() {
        return proposals;
    }

    /** Returns the time until a run that does not start is decided about again. */
    Duration pause(PipelineRun run) {
        return switch (proposals.known(run, run.getSpec().ref()).orElse(null)) {
            case null -> RETRY;
            case Result.Value<Proposal> _ -> AGAIN;
            case Result.Failure<Proposal>(ForgeException failure) ->
                failure.until()
                        .map(until -> Duration.between(clock.instant(), until))
                        .filter(wait -> wait.compareTo(RETRY) > 0)
                        .orElse(RETRY);
            case Result.Failure<Proposal> _ -> RETRY;
        };
    }

    /** Decides whether a run may start. */
    ApprovalDecision decide(PipelineRun run) {
        var commit = run.getSpec().commit();
        if (!isProposed(run) || commit == null) {
            return START;
        }
        var namespace = run.getMetadata().getNamespace();
        var name = run.getSpec().pipeline();
        var pipeline = index.pipeline(namespace, name).or(() -> pipelines.find(namespace, name));
        if (pipeline.isEmpty()) {
            return START_AS_DEFAULT_BRANCH; // and is refused when its commit is resolved
        }
        var unreadable = pipeline.get().unreadable();
        if (unreadable.isPresent()) {
            return new ApprovalDecision.Wait(new StatusReason(
                    Reason.PipelineUnreadable, "Pipeline " + name + " cannot be read: " + unreadable.get()));
        }
        var rule = Proposal.rule(pipeline.get().getSpec());
        var approval = run.getSpec().approval();
        if (rule != StrangerRule.Ignore
                && approval != null
                && approval.commit().equals(commit)
                && approval.digest() == null) {
            return START;
        }
        if (rule == StrangerRule.Run
                && (pipeline.get().getSpec().definition() == null || !ForgeAccess.isConfigured(pipeline.get()))) {
            return START_AS_DEFAULT_BRANCH;
        }
        var meta = pipeline.get().getMetadata();
        var compares = compares(rule, approval);
        var question = meta.getUid() + "/" + meta.getGeneration() + "@" + commit + "/" + compares;
        var answer = proposals.ask(
                run,
                run.getSpec().ref(),
                question,
                pause(run),
                () -> read(run, pipeline.get(), rule, commit, compares));
        if (answer.isEmpty()) {
            return new ApprovalDecision.Wait(
                    new StatusReason(Reason.CheckingAuthor, "asking the forge who has made the pull request"));
        }
        return switch (answer.get()) {
            case Result.Value<Proposal>(Proposal proposal) -> proposal.decide(approval);
            // A token that is revoked must not hold runs that nobody has to approve.
            case Result.Failure<Proposal>(Exception failure)
            when rule == StrangerRule.Run && (failure instanceof ForgeException || failure instanceof Problem) ->
                START_AS_DEFAULT_BRANCH;
            case Result.Failure<Proposal>(ForgeException failure) ->
                new ApprovalDecision.Wait(ForgeAccess.statusReason(failure));
            case Result.Failure<Proposal>(Exception failure) ->
                new ApprovalDecision.Wait(RepositoryOpener.statusReason(failure));
        };
    }

    /** Whether the digest of the files decides: strangers who may run need it only for an approval that names one. */
    private static boolean compares(StrangerRule rule, @Nullable RunApproval approval) {
        return switch (rule) {
            case Approve -> true;
            case Run -> approval != null && approval.digest() != null;
            case Ignore -> false;
        };
    }

    private static boolean isProposed(PipelineRun run) {
        return switch (GitRef.of(run.getSpec().ref()).kind()) {
            // Only those who may write the repository can put a pull request into the queue.
            case BRANCH, TAG, MERGE_GROUP -> false;
            case PULL_REQUEST, OTHER -> ObjectLabels.isManaged(run);
        };
    }

    private Proposal read(PipelineRun run, Pipeline pipeline, StrangerRule rule, String commit, boolean compares)
            throws Problem, ForgeException, GitException {
        var request = ForgeAccess.isConfigured(pipeline) ? ask(run, pipeline) : Optional.<Request>empty();
        var known = request.filter(Request::known).isPresent();
        var base = request.map(it -> it.pullRequest().base());
        var changes =
                known || !compares ? Optional.<Changes>empty() : changes(run, pipeline, commit, base.orElse(null));
        return ProposalBuilder.builder()
                .commit(commit)
                .rule(rule)
                .author(request.map(it -> it.pullRequest().author().shownName()))
                .closed(request.filter(it -> it.pullRequest().closed()).isPresent())
                .known(known)
                .target(request.flatMap(it -> it.pullRequest().target()))
                .digest(changes.map(Changes::digest))
                .changedFiles(changes.flatMap(Changes::changed))
                .build();
    }

    /** @param known whether its commits come from somebody who may write the repository */
    private record Request(PullRequest pullRequest, boolean known) {}

    private Optional<Request> ask(PipelineRun run, Pipeline pipeline) throws Problem, ForgeException {
        var number = GitRef.of(run.getSpec().ref()).number();
        if (number.isEmpty()) {
            return Optional.of(new Request(PullRequest.UNKNOWN, false));
        }
        return Optional.of(forges.open(pipeline).call(forge -> {
            var pullRequest = forge.pullRequest(number.getAsLong());
            return new Request(
                    pullRequest,
                    switch (pullRequest.origin()) {
                        case OfWriters -> true;
                        case OfAuthor -> forge.mayWrite(pullRequest.author());
                        case OfOthers -> false;
                    });
        }));
    }

    /** What a commit changes of what decides about a run. */
    private record Changes(String digest, Optional<List<String>> changed) {}

    /** Empty if the files cannot be read: then an approval is of the commit alone. */
    private Optional<Changes> changes(PipelineRun run, Pipeline pipeline, String commit, @Nullable String base)
            throws Problem, GitException {
        var meta = pipeline.getMetadata();
        var spec = pipeline.getSpec();
        var remote = repositories.open(meta.getNamespace(), meta.getName(), spec.source());
        try {
            var decisive = decisive(remote, spec, commit);
            var proposed = decisive.patterns();
            if (base == null) {
                return Optional.of(new Changes(digest(spec, hashes(remote, commit, proposed)), Optional.empty()));
            }
            var present = decisive(remote, spec, base);
            var all = Stream.concat(proposed.stream(), present.patterns().stream())
                    .distinct()
                    .toList();
            var after = hashes(remote, commit, all);
            var before = hashes(remote, base, all);
            var changed = all.stream()
                    .filter(file -> !Objects.equals(after.get(file), before.get(file)))
                    .map(file -> file.substring(1))
                    .toList();
            after.keySet().retainAll(proposed);
            return Optional.of(new Changes(
                    digest(spec, after), Optional.of(changed).filter(_ -> decisive.complete() && present.complete())));
        } catch (GitException e) {
            if (RepositoryOpener.isTransient(e)) {
                throw e;
            }
            LOG.infof("%s: its files cannot be compared: %s", ResourceName.of(run), e.getMessage());
            return Optional.empty();
        }
    }

    /**
     * The files of a commit that decide what a run of it does: the definition and the Dockerfiles.
     *
     * @param complete whether all of them are known
     */
    private record Decisive(List<String> patterns, boolean complete) {}

    private Decisive decisive(GitRemote remote, PipelineSpec spec, String commit) throws GitException {
        var definition = spec.definition();
        if (definition == null) {
            return new Decisive(CacheRecipe.of(spec).dockerfiles(), true);
        }
        var path = PathPattern.quoted("/" + definition.path());
        try {
            var named = definitions.file(remote, definition, commit).uncheckedDockerfiles();
            var dockerfiles = named.orElse(List.of()).stream()
                    .map(file -> CacheRecipe.dockerfile(file.context(), file.path()))
                    .toList();
            var patterns = Stream.concat(Stream.of(path), dockerfiles.stream().flatMap(Optional::stream))
                    .distinct()
                    .toList();
            return new Decisive(
                    patterns, named.isPresent() && dockerfiles.stream().allMatch(Optional::isPresent));
        } catch (DefinitionReader.Unusable e) {
            return new Decisive(List.of(path), true); // a run of it fails, so it has no Dockerfiles
        }
    }

    private Map<String, String> hashes(GitRemote remote, String commit, List<String> patterns) throws GitException {
        var selected = patterns.stream().collect(Collectors.toMap(Function.identity(), List::of));
        return new TreeMap<>(files.hashes(remote, commit, Set.of(), _ -> selected));
    }

    private static String digest(PipelineSpec spec, Map<String, String> hashes) {
        try {
            var text = JSON.writeValueAsString(List.of(spec, hashes));
            return DigestUtils.sha256Hex(text.getBytes(StandardCharsets.UTF_8));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a spec cannot be written as JSON", e);
        }
    }
}
