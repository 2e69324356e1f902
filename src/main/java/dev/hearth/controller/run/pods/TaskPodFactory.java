package dev.hearth.controller.run.pods;

import dev.hearth.config.HearthConfig;
import dev.hearth.controller.access.PodRuleResolver;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.controller.run.matrix.MatrixResolver;
import dev.hearth.core.plan.MatrixCell;
import dev.hearth.core.plan.Names;
import dev.hearth.core.run.Action;
import dev.hearth.core.run.ArtifactLocations;
import dev.hearth.core.run.StepPodName;
import dev.hearth.core.text.Durations;
import dev.hearth.pod.task.ArtifactUploadPod;
import dev.hearth.pod.task.MatrixReaderPod;
import dev.hearth.pod.task.TaskCacheMounts;
import dev.hearth.pod.task.TaskPod;
import io.fabric8.kubernetes.api.model.Pod;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** The pods of tasks in this installation, and of what prepares and publishes for them. */
@ApplicationScoped
public class TaskPodFactory {
    private final HearthConfig config;
    private final ArtifactSourceResolver sources;
    private final TaskCachePlanner plans;
    private final PodRuleResolver allowed;

    public TaskPodFactory(
            HearthConfig config, ArtifactSourceResolver sources, TaskCachePlanner plans, PodRuleResolver allowed) {
        this.config = config;
        this.sources = sources;
        this.plans = plans;
        this.allowed = allowed;
    }

    /** The kubelet's own limit is the last resort: what a command may take is counted from when it began. */
    public Pod build(RunContext view, Action.StartTask start, Instant now) {
        var task = start.task();
        var spec = task.spec();
        var output = Optional.ofNullable(spec.artifact())
                .map(_ ->
                        new TaskPod.Output(Names.outputs(view.name()), ArtifactLocations.path(task, start.attempt())));
        var shard = Optional.ofNullable(spec.shards())
                .map(_ -> new TaskPod.Shard(
                        Names.shards(view.name(), spec.name()),
                        Objects.requireNonNull(task.leg().values().get(MatrixCell.SHARD))));
        var name = StepPodName.name(view.name(), task, start.attempt()).orElseThrow();
        var directories = spec.caches().isEmpty()
                ? Optional.<TaskCacheMounts>empty()
                : Optional.of(plans.plan(view, task, start.attempt(), name));
        var limit = PodFrameFactory.pending(view)
                .plus(Durations.parse(spec.timeout()))
                .plus(directories.map(it -> it.plan().patience()).orElse(Duration.ZERO));
        var frame = PodFrameFactory.of(view, name, limit, now).inUserNamespace(start.userNamespace());
        var told = Map.of("HEARTH_RUN", view.name(), "HEARTH_REF", view.ref().name(), "HEARTH_COMMIT", view.commit());
        var rules = allowed.resolve(view.spec().cache().policy(), view.namespace(), view.trust());
        return new TaskPod(frame, told, config.tools().image(), rules)
                .build(
                        spec,
                        new TaskPod.Leg(
                                start.image(), sources.parts(view, start.artifacts()), output, shard, directories));
    }

    public Pod build(RunContext view, Action.StartMatrixReader start, Instant now) {
        var name = Names.matrixReaderPod(view.name(), start.reader().name(), start.attempt());
        var path = TaskPod.ARTIFACTS + start.artifact().path() + "/"
                + start.reader().file();
        return new MatrixReaderPod(
                        PodFrameFactory.of(view, name, PodFrameFactory.pending(view), now)
                                .inUserNamespace(start.userNamespace()),
                        config.tools().image())
                .build(sources.parts(view, List.of(start.artifact())), path, MatrixResolver.LARGEST + 1);
    }

    public Pod build(RunContext view, Action.StartArtifactUpload start, Instant now) {
        var name = Names.artifactUploadPod(view.name(), start.upload().of().name(), start.attempt());
        return new ArtifactUploadPod(
                        PodFrameFactory.of(view, name, PodFrameFactory.remainingTime(view, now), now)
                                .inUserNamespace(start.userNamespace()),
                        sources.worker(),
                        sources.size())
                .build(
                        Objects.requireNonNull(start.files().claim()),
                        Objects.requireNonNull(start.files().path()),
                        Objects.requireNonNull(view.spec().artifacts().repository()),
                        ArtifactSourceResolver.secret(view));
    }
}
