package dev.hearth.controller.pipeline;

import dev.hearth.api.CacheScope;
import dev.hearth.api.ConditionType;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.api.Reason;
import dev.hearth.api.RunTrigger;
import dev.hearth.cluster.ApiRejection;
import dev.hearth.cluster.NameConflictException;
import dev.hearth.cluster.PipelineRunClient;
import dev.hearth.cluster.RefLedgerStore;
import dev.hearth.cluster.SafeClock;
import dev.hearth.controller.access.RepositoryOpener;
import dev.hearth.controller.access.WebhookSecret;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.plan.Names;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.retention.RefState;
import dev.hearth.core.status.ConditionFactory;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.Text;
import dev.hearth.core.trigger.OpenRunLimit;
import dev.hearth.core.trigger.RefChanges;
import dev.hearth.core.trigger.RefChanges.Start;
import dev.hearth.core.trigger.RefGroup;
import dev.hearth.core.trigger.RefLedger;
import dev.hearth.core.trigger.SupersededRunFinder;
import dev.hearth.core.trigger.SupersededRunFinder.Superseded;
import dev.hearth.git.RemoteRefs;
import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Lists the refs of a pipeline's repository and starts a run for each ref that has a new commit. This is one piece of
 * background work, so that the refs of a repository are in memory only while they are compared.
 */
@ApplicationScoped
public class RefFollower {
    private static final Logger LOG = Logger.getLogger(RefFollower.class);

    /** How often a ref may come back to the same commit while its runs are kept. */
    private static final int MOST_RETURNS = 20;

    /** Reasons of runs whose ref has moved on before they began. */
    private static final Set<Reason> LOST = Set.of(Reason.CommitNotOnRef, Reason.RefNotFound);

    private final RemoteRefs refs;
    private final RepositoryOpener repositories;
    private final RefLedgerStore ledgers;
    private final PipelineRunClient runs;
    private final WebhookSecret webhooks;
    private final PullRequestCommands commands;
    private final SafeClock clock;
    private final Map<ResourceID, ReentrantLock> locks = new ConcurrentHashMap<>();

    /** Ref records that this process has written completely. Such a record is written again only if it changes. */
    private final Map<ResourceID, RefLedgerStore.Subject> written = new ConcurrentHashMap<>();

    public RefFollower(
            RemoteRefs refs,
            RepositoryOpener repositories,
            RefLedgerStore ledgers,
            PipelineRunClient runs,
            WebhookSecret webhooks,
            PullRequestCommands commands,
            SafeClock clock) {
        this.refs = refs;
        this.repositories = repositories;
        this.ledgers = ledgers;
        this.runs = runs;
        this.webhooks = webhooks;
        this.commands = commands;
        this.clock = clock;
    }

    /** Returns what a listing depends on: a listing for another source or other triggers does not count. */
    static String question(Pipeline pipeline) {
        var spec = pipeline.getSpec();
        return spec.source() + " " + spec.triggers() + " " + spec.forge() + " " + spec.suspend() + "@"
                + pipeline.getMetadata().getUid();
    }

    /**
     * Lists the refs once and starts runs.
     *
     * @param scopes cache scopes of the pipeline; the listing says whether their refs exist
     * @param known runs of the pipeline
     * @param previous the listing before this one; null if there was none, or if it failed
     */
    RefListing listRefs(
            Pipeline pipeline,
            Collection<CacheScope> scopes,
            Collection<PipelineRun> known,
            @Nullable RefListing previous)
            throws Exception {
        var lock = locks.computeIfAbsent(ResourceID.fromResource(pipeline), _ -> new ReentrantLock(true));
        lock.lockInterruptibly(); // a listing for an earlier spec may still be running
        try {
            var scopeRefs = scopes.stream().map(scope -> scope.getSpec().ref()).collect(Collectors.toUnmodifiableSet());
            var listed = list(pipeline, scopeRefs, known);
            var suspended = pipeline.getSpec().suspends();
            var started = suspended
                    ? Started.nothing(listed.changes())
                    : start(pipeline, listed.changes(), OpenRunLimit.of(unfinished(known)));
            var unrecorded =
                    record(pipeline, listed.before(), listed.changes().ledger().without(started.unstarted()));
            var uncancelled = cancel(listed.superseded());
            var unheard = commands.look(pipeline, known, listed.commits());
            var obstacle = unrecorded
                    .or(() -> suspended ? Optional.empty() : started.why())
                    .or(() -> uncancelled)
                    .or(() -> unheard)
                    .or(() -> webhooks.problem(
                            pipeline.getMetadata().getNamespace(),
                            pipeline.getMetadata().getName(),
                            pipeline.getSpec().forge()));
            return RefListingBuilder.builder()
                    .refs(listed.refs())
                    .followed(listed.changes().ledger().size())
                    .refStates(listed.refStates())
                    .commits(listed.commits())
                    .problem(listed.changes().problem())
                    .obstacle(obstacle)
                    .unstarted(started.why())
                    .started(listed.changes().starts().size()
                            - started.unstarted().size())
                    .preview(suspended ? Optional.of(listed.changes().preview()) : Optional.empty())
                    .recorded(unrecorded.isEmpty())
                    .lastChange(
                            listed.changes().starts().isEmpty()
                                    ? Optional.ofNullable(previous).flatMap(RefListing::lastChange)
                                    : Optional.of(clock.now()))
                    .failures(obstacle.isEmpty() ? 0 : previous == null ? 1 : previous.failures() + 1)
                    .build();
        } finally {
            lock.unlock();
        }
    }

    /** Forgets pipelines that no longer exist. */
    void retain(Predicate<ResourceID> exists) {
        locks.keySet().removeIf(id -> !exists.test(id));
        written.keySet().removeIf(id -> !exists.test(id));
        commands.retain(exists);
    }

    /** Lists the refs. The ref record is read only then, since the records of all pipelines are large. */
    private Listed list(Pipeline pipeline, Set<String> scopeRefs, Collection<PipelineRun> known) throws Exception {
        var startedAt = clock.now();
        var remote = repositories.open(
                pipeline.getMetadata().getNamespace(),
                pipeline.getMetadata().getName(),
                pipeline.getSpec().source());
        try {
            return refs.read(remote, kinds(pipeline, scopeRefs, known), listing -> {
                var before = ledgers.read(subject(pipeline));
                return new Listed(
                        listing.commits().size(),
                        RefState.Observation.at(
                                listing.commits().keySet(),
                                scopeRefs,
                                listing.defaultBranch().orElse(null),
                                startedAt),
                        before,
                        RefChanges.between(
                                before, listing.commits(), pipeline.getSpec().triggers()),
                        new SupersededRunFinder(pipeline.getSpec().concurrency().cancelSuperseded())
                                .find(
                                        listing.commits(),
                                        unfinished(known).stream()
                                                .filter(RefFollower::isOurs)
                                                .toList()),
                        ofRuns(listing.commits(), known));
            });
        } catch (NameConflictException e) {
            throw new RepositoryOpener.Problem(e.statusReason());
        }
    }

    /** Returns which refs are listed: a repository may have very many tags and pull requests that nobody asks for. */
    private static Set<GitRef.Kind> kinds(Pipeline pipeline, Set<String> scopeRefs, Collection<PipelineRun> known) {
        var triggers = pipeline.getSpec().triggers();
        var kinds = EnumSet.of(GitRef.Kind.BRANCH);
        if (!triggers.tags().isEmpty()) {
            kinds.add(GitRef.Kind.TAG);
        }
        if (triggers.pullRequests().enabled()) {
            kinds.add(GitRef.Kind.PULL_REQUEST);
        }
        Stream.concat(
                        scopeRefs.stream(),
                        known.stream().map(run -> run.getSpec().ref()))
                .forEach(ref -> kinds.add(GitRef.of(ref).kind()));
        return kinds;
    }

    /** Returns the commits of the refs that have runs. */
    private static Map<String, String> ofRuns(Map<String, String> commits, Collection<PipelineRun> known) {
        return known.stream()
                .map(run -> run.getSpec().ref())
                .distinct()
                .filter(commits::containsKey)
                .collect(Collectors.toMap(Function.identity(), commits::get));
    }

    /**
     * Starts runs before the ref record is written. After a crash in between, the same runs are created again, which
     * has no effect since their names are the same. Refs whose run could not be created are not recorded, so that the
     * next listing tries again.
     */
    private Started start(Pipeline pipeline, RefChanges changes, OpenRunLimit open) {
        var unstarted = new ArrayList<Start>();
        var rejected = new ArrayList<Rejected>();
        for (Start start : changes.starts()) {
            if (open.tryAdd(RefGroup.of(start.ref()))) {
                create(pipeline, start).ifPresent(why -> {
                    unstarted.add(start);
                    rejected.add(new Rejected(start.ref(), why));
                });
            } else {
                unstarted.add(start);
            }
        }
        var waiting = unstarted.size() - rejected.size() + changes.waiting();
        return new Started(
                unstarted,
                Rejected.summary(rejected)
                        .or(() -> waiting == 0 ? Optional.empty() : Optional.of(OpenRunLimit.reached(waiting))));
    }

    /**
     * Writes the ref record if it has changed. The first listing of a process always writes it: an earlier process may
     * have ended while writing, or have used another format.
     */
    private Optional<StatusReason> record(Pipeline pipeline, RefLedger before, RefLedger ledger) {
        var id = ResourceID.fromResource(pipeline);
        var subject = subject(pipeline);
        if (subject.equals(written.get(id)) && ledger.equals(before)) {
            return Optional.empty();
        }
        LOG.debugf("%s: writes the record of %d refs", ResourceName.of(pipeline), ledger.size());
        written.remove(id);
        try {
            ledgers.write(subject, ledger);
            written.put(id, subject);
            return Optional.empty();
        } catch (NameConflictException | KubernetesClientException e) {
            var why = ApiRejection.statusReason(e);
            return Optional.of(new StatusReason(why.reason(), "the ref record cannot be written: " + why.message()));
        }
    }

    private Optional<StatusReason> create(Pipeline pipeline, Start start) {
        LOG.debugf(
                "%s: starts a run of %s at %s",
                ResourceName.of(pipeline), start.ref().name(), start.commit());
        try {
            var name = pipeline.getMetadata().getName();
            var ref = start.ref().name();
            var created = Stream.of(Names.run(name, ref, start.commit()), Names.otherRun(name, ref, start.commit()))
                    .flatMap(run -> runs.create(run(pipeline, run, start)).stream())
                    .findFirst();
            // A ref that comes back to a commit whose run was superseded needs another run of it.
            for (int round = 0;
                    round < MOST_RETURNS
                            && created.filter(RefFollower::isSuperseded).isPresent();
                    round++) {
                var uid = created.get().getMetadata().getUid();
                created = runs.create(run(pipeline, Names.runAfter(name, ref, start.commit(), uid), start));
            }
            return created.filter(run -> !isSuperseded(run)).isPresent()
                    ? Optional.empty()
                    : Optional.of(
                            new StatusReason(Reason.NameConflict, "other runs have the names of its run: delete them"));
        } catch (KubernetesClientException e) {
            return Optional.of(ApiRejection.statusReason(e));
        }
    }

    /** Whether a run has ended without a result of its commit, since the ref had moved on when it was to begin, or later. */
    private static boolean isSuperseded(PipelineRun run) {
        var status = run.getStatus();
        return SupersededRunFinder.isSuperseded(run.getSpec())
                || (status != null
                        && status.commit() == null
                        && ConditionFactory.find(status.conditions(), ConditionType.Succeeded)
                                .flatMap(condition -> Reason.parse(condition.reason()))
                                .filter(LOST::contains)
                                .isPresent());
    }

    private static PipelineRun run(Pipeline pipeline, String name, Start start) {
        var spec = PipelineRunSpec.of(
                        pipeline.getMetadata().getName(), start.ref().name(), start.commit())
                .withTrigger(RunTrigger.Ref);
        return TriggeredRun.of(pipeline, name, spec, Map.of());
    }

    /** Cancels runs, after those of the new commits have been created. The next listing tries again what fails. */
    private Optional<StatusReason> cancel(List<Superseded> superseded) {
        var failed = Optional.<StatusReason>empty();
        for (var each : superseded) {
            LOG.debugf("%s: is cancelled: %s", ResourceName.of(each.run()), each.why());
            try {
                runs.cancel(each.run(), each.why());
            } catch (KubernetesClientException e) {
                failed = Optional.of(ApiRejection.statusReason(e));
            }
        }
        return failed.map(
                why -> new StatusReason(why.reason(), "a superseded run cannot be cancelled: " + why.message()));
    }

    private static List<PipelineRun> unfinished(Collection<PipelineRun> known) {
        return known.stream()
                .filter(run -> run.getStatus() == null || run.getStatus().finishedAt() == null)
                .toList();
    }

    /** Whether Hearth has created a run. The label alone is on copies that users make of it, too. */
    private static boolean isOurs(PipelineRun run) {
        var spec = run.getSpec();
        var name = run.getMetadata().getName();
        var commit = spec.commit();
        return ObjectLabels.isManaged(run)
                && commit != null
                && (name.equals(Names.otherRun(spec.pipeline(), spec.ref(), commit))
                        || name.startsWith(Names.runPrefix(spec.pipeline(), commit)));
    }

    private static RefLedgerStore.Subject subject(Pipeline pipeline) {
        return new RefLedgerStore.Subject(
                pipeline.getMetadata().getNamespace(),
                OwnerReferences.controller(pipeline),
                Names.source(pipeline.getSpec().source().url()));
    }

    private record Listed(
            int refs,
            RefState.Observation refStates,
            RefLedger before,
            RefChanges changes,
            List<Superseded> superseded,
            Map<String, String> commits) {}

    /** Refs that have no run yet, and why. */
    private record Started(List<Start> unstarted, Optional<StatusReason> why) {
        /** Of a suspended pipeline. Its refs stay out of the ref record, so that they start later. */
        static Started nothing(RefChanges changes) {
            return new Started(
                    changes.starts(),
                    Optional.of(new StatusReason(Reason.Suspended, "spec.suspend of the pipeline is true")));
        }
    }

    /** A ref whose run the API server rejected. */
    private record Rejected(GitRef ref, StatusReason why) {
        static Optional<StatusReason> summary(List<Rejected> all) {
            return all.stream().findFirst().map(first -> {
                var others = all.size() == 1 ? "" : ", and " + (all.size() - 1) + " more refs cannot run";
                return new StatusReason(
                        first.why().reason(),
                        "a run of " + Text.abbreviate(first.ref().name(), 100) + " cannot be created: "
                                + first.why().message() + others);
            });
        }
    }
}
