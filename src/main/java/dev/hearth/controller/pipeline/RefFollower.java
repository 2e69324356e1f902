package dev.hearth.controller.pipeline;

import dev.hearth.api.CacheScope;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.Reason;
import dev.hearth.cluster.ApiRejection;
import dev.hearth.cluster.NameTaken;
import dev.hearth.cluster.PipelineRunClient;
import dev.hearth.cluster.RefLedgerStore;
import dev.hearth.cluster.SafeClock;
import dev.hearth.controller.access.RepositoryOpener;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.core.plan.Names;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.retention.RefState;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.trigger.OpenRunLimit;
import dev.hearth.core.trigger.RefChanges;
import dev.hearth.core.trigger.RefChanges.Start;
import dev.hearth.core.trigger.RefGroup;
import dev.hearth.core.trigger.RefLedger;
import dev.hearth.git.RemoteRefs;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Looks at a pipeline's repository and starts a run for each ref that moved. Away from the threads that reconcile, and as
 * one piece of work, so that a repository's refs are in memory only while they are compared.
 */
@ApplicationScoped
public class RefFollower {
    private final RemoteRefs refs;
    private final RepositoryOpener repositories;
    private final RefLedgerStore ledgers;
    private final PipelineRunClient runs;
    private final SafeClock clock;
    private final Map<ResourceID, ReentrantLock> locks = new ConcurrentHashMap<>();

    /** Whose ledger this process has written to the end: only one that changes needs that again. */
    private final Map<ResourceID, RefLedgerStore.Subject> written = new ConcurrentHashMap<>();

    public RefFollower(
            RemoteRefs refs,
            RepositoryOpener repositories,
            RefLedgerStore ledgers,
            PipelineRunClient runs,
            SafeClock clock) {
        this.refs = refs;
        this.repositories = repositories;
        this.ledgers = ledgers;
        this.runs = runs;
        this.clock = clock;
    }

    /** What a look is for: one for something else does not count. */
    static String question(Pipeline pipeline) {
        var spec = pipeline.getSpec();
        return spec.source() + " " + spec.triggers() + "@"
                + pipeline.getMetadata().getUid();
    }

    /**
     * Looks once.
     *
     * @param scopes of the pipeline, which are told whether their refs are there
     * @param known runs of the pipeline
     * @param before the last look
     */
    RefListing listRefs(
            Pipeline pipeline,
            Collection<CacheScope> scopes,
            Collection<PipelineRun> known,
            Optional<RefListing> before)
            throws Exception {
        var lock = locks.computeIfAbsent(ResourceID.fromResource(pipeline), _ -> new ReentrantLock(true));
        lock.lockInterruptibly(); // one for an earlier spec may still be under way
        try {
            var asked = scopes.stream().map(scope -> scope.getSpec().ref()).collect(Collectors.toUnmodifiableSet());
            var seen = see(pipeline, asked);
            var started = start(pipeline, seen.changes(), OpenRunLimit.of(open(known)));
            var unrecorded =
                    record(pipeline, seen.before(), seen.changes().ledger().without(started.left()));
            var unstarted = unrecorded.or(started::why);
            return new RefListing(
                    seen.refs(),
                    seen.changes().ledger().size(),
                    seen.marks(),
                    seen.changes().problem(),
                    unstarted,
                    unrecorded.isEmpty(),
                    unstarted.isEmpty() ? 0 : before.map(RefListing::failures).orElse(0) + 1);
        } finally {
            lock.unlock();
        }
    }

    /** Forgets pipelines that are gone. */
    void retain(Predicate<ResourceID> exists) {
        locks.keySet().removeIf(id -> !exists.test(id));
        written.keySet().removeIf(id -> !exists.test(id));
    }

    /** The ledger is read only once there is something to compare it with: of all pipelines they are many bytes, too. */
    private Seen see(Pipeline pipeline, Set<String> asked) throws Exception {
        var begun = clock.now();
        var remote = repositories.open(
                pipeline.getMetadata().getNamespace(),
                pipeline.getMetadata().getName(),
                pipeline.getSpec().source());
        try {
            return refs.read(remote, listing -> {
                var before = ledgers.read(subject(pipeline));
                return new Seen(
                        listing.commits().size(),
                        RefState.Observation.at(listing.commits().keySet(), asked, listing.defaultBranch(), begun),
                        before,
                        RefChanges.between(
                                before, listing.commits(), pipeline.getSpec().triggers()));
            });
        } catch (NameTaken e) {
            throw new RepositoryOpener.Problem(e.finding());
        }
    }

    /**
     * Runs first, then the ledger: a crash in between creates them again, which their names make harmless. What could not
     * be started is not in the ledger, so that the next look tries it again.
     */
    private Started start(Pipeline pipeline, RefChanges changes, OpenRunLimit open) {
        var left = new ArrayList<Start>();
        var refused = new ArrayList<Refused>();
        for (Start start : changes.starts()) {
            if (open.takes(RefGroup.of(start.ref()))) {
                make(pipeline, start).ifPresent(why -> {
                    left.add(start);
                    refused.add(new Refused(start.ref(), why));
                });
            } else {
                left.add(start);
            }
        }
        var waiting = left.size() - refused.size() + changes.waiting();
        return new Started(
                left,
                Refused.summary(refused)
                        .or(() -> waiting == 0 ? Optional.empty() : Optional.of(OpenRunLimit.full(waiting))));
    }

    /**
     * Most looks find what the last one found, and write nothing. The first one of a process does, as an earlier process
     * may have ended in the middle of its own, or have kept ledgers in another form.
     */
    private Optional<StatusReason> record(Pipeline pipeline, RefLedger before, RefLedger ledger) {
        var id = ResourceID.fromResource(pipeline);
        var subject = subject(pipeline);
        if (subject.equals(written.get(id)) && ledger.equals(before)) {
            return Optional.empty();
        }
        written.remove(id);
        try {
            ledgers.write(subject, ledger);
            written.put(id, subject);
            return Optional.empty();
        } catch (NameTaken | KubernetesClientException e) {
            var why = ApiRejection.finding(e);
            return Optional.of(new StatusReason(
                    why.reason(), "the refs that have been dealt with cannot be recorded: " + why.message()));
        }
    }

    private Optional<StatusReason> make(Pipeline pipeline, Start start) {
        try {
            var name = pipeline.getMetadata().getName();
            var ref = start.ref().name();
            return Stream.of(Names.run(name, ref, start.commit()), Names.otherRun(name, ref, start.commit()))
                            .anyMatch(run -> runs.make(RunFactory.of(pipeline, run, start)))
                    ? Optional.empty()
                    : Optional.of(
                            new StatusReason(Reason.NameConflict, "runs of something else have the names of its run"));
        } catch (KubernetesClientException e) {
            return Optional.of(ApiRejection.finding(e));
        }
    }

    private static Map<RefGroup, Long> open(Collection<PipelineRun> known) {
        return known.stream()
                .filter(run -> run.getStatus() == null || run.getStatus().finishedAt() == null)
                .collect(Collectors.groupingBy(
                        run -> RefGroup.of(GitRef.of(run.getSpec().ref())), Collectors.counting()));
    }

    private static RefLedgerStore.Subject subject(Pipeline pipeline) {
        return new RefLedgerStore.Subject(
                pipeline.getMetadata().getNamespace(),
                OwnerReferences.controller(pipeline),
                Names.source(pipeline.getSpec().source().url()));
    }

    private record Seen(int refs, RefState.Observation marks, RefLedger before, RefChanges changes) {}

    /** Refs that have no run yet, and why. */
    private record Started(List<Start> left, Optional<StatusReason> why) {}

    /** A ref whose run the API server did not take. */
    private record Refused(GitRef ref, StatusReason why) {
        static Optional<StatusReason> summary(List<Refused> all) {
            return all.stream().findFirst().map(first -> {
                var others = all.size() == 1 ? "" : ", and " + (all.size() - 1) + " more refs cannot run";
                return new StatusReason(
                        first.why().reason(),
                        "a run of " + shown(first.ref().name()) + " cannot be created: "
                                + first.why().message() + others);
            });
        }

        private static String shown(String ref) {
            return ref.length() <= 100 ? ref : ref.substring(0, 99) + "…";
        }
    }
}
