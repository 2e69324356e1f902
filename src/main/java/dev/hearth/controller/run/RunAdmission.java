package dev.hearth.controller.run;

import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineStatus;
import dev.hearth.api.Trust;
import dev.hearth.config.HearthConfig;
import dev.hearth.controller.support.CacheIndex;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.ref.RefFilter;
import dev.hearth.core.ref.TrustDefaults;
import dev.hearth.core.run.RunQueue;
import dev.hearth.core.status.StatusReason;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Admits runs within the concurrency limits. The statuses of runs say which are active. Decisions that the watch does
 * not show yet are held in memory, so that runs that are reconciled at the same time do not take the same slot. After a
 * restart the statuses are complete.
 */
@ApplicationScoped
public class RunAdmission {
    private static final Logger LOG = Logger.getLogger(RunAdmission.class);

    private final RunQueue.Limits limits;
    private final CacheIndex index;
    private final SimpleInboundEventSource<PipelineRun> admitted = new SimpleInboundEventSource<>("turns");
    private final Set<String> started = new HashSet<>();
    private final Set<String> ended = new HashSet<>();

    /** Runs that may not start whatever the limits, so that they take no turn. */
    private final Set<String> aside = new HashSet<>();

    public RunAdmission(HearthConfig config, CacheIndex index) {
        var runs = config.runs();
        this.limits = new RunQueue.Limits(
                runs.perPipeline(), runs.perNamespace(), runs.untrustedPerPipeline(), runs.untrustedPerNamespace());
        this.index = index;
    }

    /** Triggers the reconciliation of waiting runs that can start now. */
    SimpleInboundEventSource<PipelineRun> events() {
        return admitted;
    }

    /**
     * Returns what a run waits for. Empty if it starts: from then on it counts as active.
     *
     * @param neighbours returns all runs of the namespace, and is called while no other run is being admitted
     */
    synchronized Optional<StatusReason> wait(PipelineRun run, Supplier<Collection<PipelineRun>> neighbours) {
        aside.remove(id(run));
        if (isActive(run)) {
            return Optional.empty();
        }
        var all = neighbours.get();
        forget(run.getMetadata().getNamespace(), all);
        var filters = new HashMap<String, RefFilter>();
        var wait = queue(run.getMetadata().getNamespace(), all, filters).wait(entry(run, filters));
        if (wait.isEmpty()) {
            LOG.debugf("%s: is admitted", ResourceName.of(run));
            started.add(id(run));
        }
        return wait;
    }

    /**
     * Frees the slot of a run that has finished or was deleted, and triggers the runs that can start now.
     *
     * @param neighbours returns all runs of the namespace. It is called under the lock of this object: a run that starts
     *     to wait between the call and the lock would never be triggered
     */
    synchronized void finish(PipelineRun run, Supplier<Collection<PipelineRun>> neighbours) {
        ended.add(id(run));
        startOthers(run, neighbours);
    }

    /**
     * Takes a run that may not start yet out of the queue until it waits again, and triggers the runs that can start now.
     *
     * @param neighbours as for {@link #finish}
     */
    synchronized void standAside(PipelineRun run, Supplier<Collection<PipelineRun>> neighbours) {
        started.remove(id(run));
        if (aside.add(id(run))) {
            startOthers(run, neighbours);
        }
    }

    private void startOthers(PipelineRun run, Supplier<Collection<PipelineRun>> neighbours) {
        var all = neighbours.get();
        var namespace = run.getMetadata().getNamespace();
        queue(namespace, all, new HashMap<>())
                .starting()
                .forEach(name -> admitted.propagateEvent(new ResourceID(name, namespace)));
        forget(namespace, all);
    }

    /**
     * Returns the queue of a namespace.
     *
     * @param filters trusted refs by pipeline, filled on first use
     */
    private RunQueue queue(String namespace, Collection<PipelineRun> all, Map<String, RefFilter> filters) {
        return new RunQueue(
                namespace,
                limits,
                all.stream()
                        .filter(run -> !hasFinished(run) && !aside.contains(id(run)))
                        .map(run -> entry(run, filters))
                        .toList());
    }

    /** Forgets decisions about runs that the watch shows as finished, or no longer shows. */
    private void forget(String namespace, Collection<PipelineRun> all) {
        var unfinished = all.stream()
                .filter(run -> status(run).finishedAt() == null)
                .map(RunAdmission::id)
                .collect(Collectors.toSet());
        started.removeIf(id -> id.startsWith(namespace + "/") && !unfinished.contains(id));
        aside.removeIf(id -> id.startsWith(namespace + "/") && !unfinished.contains(id));
        ended.removeIf(id -> id.startsWith(namespace + "/") && !unfinished.contains(id));
    }

    private RunQueue.Entry entry(PipelineRun run, Map<String, RefFilter> filters) {
        return new RunQueue.Entry(
                run.getSpec().pipeline(),
                run.getMetadata().getName(),
                trust(run, filters),
                Instant.parse(run.getMetadata().getCreationTimestamp()),
                isActive(run));
    }

    private Trust trust(PipelineRun run, Map<String, RefFilter> filters) {
        var recorded = status(run).trust();
        return recorded != null
                ? recorded
                : filters.computeIfAbsent(
                                run.getSpec().pipeline(),
                                name -> trusted(run.getMetadata().getNamespace(), name))
                        .trust(GitRef.of(run.getSpec().ref()));
    }

    /** Returns the trusted refs of the present pipeline. A pipeline that does not exist trusts no ref. */
    private RefFilter trusted(String namespace, String pipeline) {
        return index.pipeline(namespace, pipeline)
                .map(it -> TrustDefaults.of(it.getSpec(), defaultBranch(it)))
                .map(spec -> RefFilter.of(spec.trusted()))
                .orElseGet(() -> RefFilter.of(List.of(), List.of(), false));
    }

    /** Returns the default branch of the last listing of refs. Null if it is not known. */
    private static @Nullable String defaultBranch(Pipeline pipeline) {
        @Nullable PipelineStatus status = pipeline.getStatus();
        return status == null ? null : status.defaultBranch();
    }

    private boolean isActive(PipelineRun run) {
        return status(run).startedAt() != null || started.contains(id(run));
    }

    private boolean hasFinished(PipelineRun run) {
        return status(run).finishedAt() != null || ended.contains(id(run));
    }

    private static PipelineRunStatus status(PipelineRun run) {
        @Nullable PipelineRunStatus status = run.getStatus();
        return status == null ? PipelineRunStatus.EMPTY : status;
    }

    private static String id(PipelineRun run) {
        return run.getMetadata().getNamespace() + "/" + run.getMetadata().getUid();
    }
}
