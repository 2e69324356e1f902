package dev.hearth.controller.run;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.PipelineStatus;
import dev.hearth.config.HearthConfig;
import dev.hearth.controller.support.CacheIndex;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.run.QueueRules;
import dev.hearth.core.run.RunQueue;
import dev.hearth.core.status.StatusReason;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
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
    private final Clock clock;
    private final SimpleInboundEventSource<PipelineRun> admitted = new SimpleInboundEventSource<>("turns");
    private final Set<String> started = new HashSet<>();
    private final Set<String> ended = new HashSet<>();

    /** Runs that may not start whatever the limits, so that they take no turn. */
    private final Set<String> aside = new HashSet<>();

    /** The place in the queue that a waiting run was last told. A run is triggered when its place has changed. */
    private final Map<String, String> places = new HashMap<>();

    private final Map<ResourceID, KnownRules> known = new HashMap<>();

    @Inject
    public RunAdmission(HearthConfig config, CacheIndex index, Clock clock) {
        this(limits(config.runs()), index, clock);
    }

    RunAdmission(RunQueue.Limits limits, CacheIndex index, Clock clock) {
        this.limits = limits;
        this.index = index;
        this.clock = clock;
    }

    private static RunQueue.Limits limits(HearthConfig.Runs runs) {
        return new RunQueue.Limits(
                runs.perPipeline(), runs.perNamespace(), runs.untrustedPerPipeline(), runs.untrustedPerNamespace());
    }

    /** Triggers the reconciliation of waiting runs that can start now, or have another place in the queue. */
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
        var namespace = run.getMetadata().getNamespace();
        var all = neighbours.get();
        forget(namespace, all);
        var rules = new HashMap<String, QueueRules>();
        var queue = queue(namespace, all, rules);
        var wait = queue.wait(entry(run, rules));
        if (wait.isEmpty()) {
            LOG.debugf("%s: is admitted", ResourceName.of(run));
            places.remove(id(run));
            started.add(id(run));
        } else if (!queue.place(run.name()).equals(places.put(id(run), queue.place(run.name())))) {
            tellPlaces(queue, all);
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
        var queue = queue(namespace, all, new HashMap<>());
        queue.starting().forEach(name -> admitted.propagateEvent(new ResourceID(name, namespace)));
        tellPlaces(queue, all);
        forget(namespace, all);
    }

    /** Triggers the runs whose place has changed since they were told. A run that was never told asks by itself. */
    private void tellPlaces(RunQueue queue, Collection<PipelineRun> all) {
        for (var run : all) {
            var told = places.get(id(run));
            if (told != null && queue.waits(run.name()) && !told.equals(queue.place(run.name()))) {
                admitted.propagateEvent(ResourceID.fromResource(run));
            }
        }
    }

    /**
     * Returns the queue of a namespace.
     *
     * @param rules rules by pipeline, filled on first use
     */
    private RunQueue queue(String namespace, Collection<PipelineRun> all, Map<String, QueueRules> rules) {
        return new RunQueue(
                namespace,
                limits,
                all.stream()
                        .filter(run -> !hasFinished(run) && !aside.contains(id(run)))
                        .map(run -> entry(run, rules))
                        .toList(),
                clock.instant());
    }

    /** Forgets decisions about runs that the watch shows as finished, or no longer shows. */
    private void forget(String namespace, Collection<PipelineRun> all) {
        var unfinished = all.stream()
                .filter(run -> status(run).finishedAt() == null)
                .map(RunAdmission::id)
                .collect(Collectors.toSet());
        Predicate<String> gone = id -> id.startsWith(namespace + "/") && !unfinished.contains(id);
        started.removeIf(gone);
        aside.removeIf(gone);
        ended.removeIf(gone);
        places.keySet().removeIf(gone);
    }

    private RunQueue.Entry entry(PipelineRun run, Map<String, QueueRules> rules) {
        var namespace = run.getMetadata().getNamespace();
        return rules.computeIfAbsent(run.getSpec().pipeline(), name -> rules(namespace, name))
                .entry(run, isActive(run), clock.instant());
    }

    /** Returns the rules of the present pipeline, with the default branch of the last listing of refs. */
    private QueueRules rules(String namespace, String name) {
        var id = new ResourceID(name, namespace);
        var present = index.pipeline(namespace, name);
        if (present.isEmpty()) {
            known.remove(id);
            return QueueRules.ofNoPipeline();
        }
        var pipeline = present.get();
        var defaultBranch = Optional.ofNullable(pipeline.getStatus()).map(PipelineStatus::defaultBranch);
        return known.compute(
                        id,
                        (_, before) -> before != null
                                        && before.spec().equals(pipeline.getSpec())
                                        && before.defaultBranch().equals(defaultBranch)
                                ? before
                                : new KnownRules(
                                        pipeline.getSpec(),
                                        defaultBranch,
                                        QueueRules.of(pipeline.getSpec(), defaultBranch.orElse(null))))
                .rules();
    }

    /** The rules of a pipeline, and what they were made from. They are kept, since many patterns take time to read. */
    private record KnownRules(PipelineSpec spec, Optional<String> defaultBranch, QueueRules rules) {}

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
