package dev.hearth.controller.run;

import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineStatus;
import dev.hearth.api.Trust;
import dev.hearth.config.HearthConfig;
import dev.hearth.controller.support.CacheIndex;
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
import org.jspecify.annotations.Nullable;

/**
 * Lets runs start in turn. Which runs are active is in their statuses; what this operator has decided and its watch may not
 * show yet is remembered, so that runs that are looked at at the same time do not take the same place. After a restart the
 * statuses tell all of it.
 */
@ApplicationScoped
public class RunAdmission {
    private final RunQueue.Limits limits;
    private final CacheIndex known;
    private final SimpleInboundEventSource<PipelineRun> turns = new SimpleInboundEventSource<>("turns");
    private final Set<String> started = new HashSet<>();
    private final Set<String> ended = new HashSet<>();

    public RunAdmission(HearthConfig config, CacheIndex known) {
        var runs = config.runs();
        this.limits = new RunQueue.Limits(
                runs.perPipeline(), runs.perNamespace(), runs.untrustedPerPipeline(), runs.untrustedPerNamespace());
        this.known = known;
    }

    /** Looks at runs again whose turn it is. */
    SimpleInboundEventSource<PipelineRun> events() {
        return turns;
    }

    /**
     * What a run waits for; empty if it starts, which it then has done for all others.
     *
     * @param neighbours all runs of its namespace, as the watch shows them once it is this run's turn to ask
     */
    synchronized Optional<StatusReason> wait(PipelineRun run, Supplier<Collection<PipelineRun>> neighbours) {
        if (isActive(run)) {
            return Optional.empty();
        }
        var all = neighbours.get();
        forget(run.getMetadata().getNamespace(), all);
        var filters = new HashMap<String, RefFilter>();
        var wait = queue(run.getMetadata().getNamespace(), all, filters).wait(entry(run, filters));
        if (wait.isEmpty()) {
            started.add(id(run));
        }
        return wait;
    }

    /**
     * Gives the place of a run that has finished, or was deleted, to others.
     *
     * @param neighbours all runs of its namespace: asked for while no other is told to wait, or that one would wait for ever
     */
    synchronized void finish(PipelineRun run, Supplier<Collection<PipelineRun>> neighbours) {
        ended.add(id(run));
        var all = neighbours.get();
        var namespace = run.getMetadata().getNamespace();
        queue(namespace, all, new HashMap<>())
                .starting()
                .forEach(name -> turns.propagateEvent(new ResourceID(name, namespace)));
        forget(namespace, all);
    }

    /**
     * The queue as it is now.
     *
     * @param filters of the trusted refs of pipelines, by name: filled for each pipeline once, however many runs it has
     */
    private RunQueue queue(String namespace, Collection<PipelineRun> all, Map<String, RefFilter> filters) {
        return new RunQueue(
                namespace,
                limits,
                all.stream()
                        .filter(run -> !isOver(run))
                        .map(run -> entry(run, filters))
                        .toList());
    }

    /** Forgets runs that the watch shows as finished, or shows no longer. */
    private void forget(String namespace, Collection<PipelineRun> all) {
        var unfinished = all.stream()
                .filter(run -> status(run).finishedAt() == null)
                .map(RunAdmission::id)
                .collect(Collectors.toSet());
        started.removeIf(id -> id.startsWith(namespace + "/") && !unfinished.contains(id));
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
        var settled = status(run).trust();
        return settled != null
                ? settled
                : filters.computeIfAbsent(
                                run.getSpec().pipeline(),
                                name -> trusted(run.getMetadata().getNamespace(), name))
                        .trust(GitRef.of(run.getSpec().ref()));
    }

    /** As the pipeline is now; one that does not exist trusts no ref. */
    private RefFilter trusted(String namespace, String pipeline) {
        return known.pipeline(namespace, pipeline)
                .map(it -> TrustDefaults.of(it.getSpec(), defaultBranch(it)))
                .map(spec -> RefFilter.of(spec.trusted()))
                .orElseGet(() -> RefFilter.of(List.of(), List.of(), false));
    }

    /** As it was when the repository was last looked at. */
    private static Optional<String> defaultBranch(Pipeline pipeline) {
        return Optional.ofNullable(pipeline.getStatus()).map(PipelineStatus::defaultBranch);
    }

    private boolean isActive(PipelineRun run) {
        return status(run).startedAt() != null || started.contains(id(run));
    }

    private boolean isOver(PipelineRun run) {
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
