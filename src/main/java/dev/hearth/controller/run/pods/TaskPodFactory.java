package dev.hearth.controller.run.pods;

import dev.hearth.config.HearthConfig;
import dev.hearth.controller.access.PodRuleResolver;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.controller.run.matrix.MatrixResolver;
import dev.hearth.core.plan.MatrixCell;
import dev.hearth.core.plan.Names;
import dev.hearth.core.run.Action;
import dev.hearth.core.text.Durations;
import dev.hearth.pod.NodePreference;
import dev.hearth.pod.task.MatrixReaderPod;
import dev.hearth.pod.task.TaskPod;
import io.fabric8.kubernetes.api.model.Pod;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Creates the pods of tasks and matrix readers with the settings of this installation. */
@ApplicationScoped
public class TaskPodFactory {
    private final HearthConfig config;
    private final ArtifactSourceResolver sources;
    private final TaskCachePlanner taskCaches;
    private final PodRuleResolver podRules;

    public TaskPodFactory(
            HearthConfig config,
            ArtifactSourceResolver sources,
            TaskCachePlanner taskCaches,
            PodRuleResolver podRules) {
        this.config = config;
        this.sources = sources;
        this.taskCaches = taskCaches;
        this.podRules = podRules;
    }

    /**
     * The deadline of the pod is a last resort. The operator counts the task's timeout from the start of its command.
     */
    public Pod build(RunContext run, Action.StartTask start, Instant now) {
        var task = start.task();
        var spec = task.spec();
        var shard = Optional.ofNullable(spec.shards())
                .map(_ -> new TaskPod.Shard(
                        Names.shards(run.name(), spec.name()),
                        Objects.requireNonNull(task.cell().values().get(MatrixCell.SHARD))));
        var name = Names.pod(run.name(), task, start.attempt());
        var output = Optional.ofNullable(spec.artifact()).map(_ -> taskCaches.output(run, task, name));
        var mounts = taskCaches.plan(run, start, name, now);
        var limit = run.pendingTimeout()
                .plus(Durations.parse(spec.timeout()))
                .plus(mounts.map(it -> it.plan().patience()).orElse(Duration.ZERO));
        var frame = run.podFrame(name, limit, now).withUserNamespace(start.userNamespace());
        var variables = Map.of("HEARTH_RUN", run.name(), "HEARTH_REF", run.ref().name(), "HEARTH_COMMIT", run.commit());
        var rules = podRules.resolve(run.spec().cache().policy(), run.namespace(), run.trust());
        var pod = new TaskPod(frame, variables, config.agent().image(), rules)
                .build(
                        spec,
                        new TaskPod.Cell(start.image(), sources.parts(run, start.artifacts()), output, shard, mounts));
        NodePreference.set(pod, run.scopeName());
        return pod;
    }

    public Pod build(RunContext run, Action.StartMatrixReader start, Instant now) {
        var name = Names.matrixReaderPod(run.name(), start.reader().name(), start.attempt());
        var folder = TaskPod.ARTIFACTS + start.artifact().path();
        var pod = new MatrixReaderPod(
                        run.podFrame(name, run.pendingTimeout(), now).withUserNamespace(start.userNamespace()),
                        config.agent().image())
                .build(
                        sources.parts(run, List.of(start.artifact())),
                        folder,
                        start.reader().file(),
                        MatrixResolver.LARGEST + 1);
        NodePreference.set(pod, run.scopeName());
        return pod;
    }
}
