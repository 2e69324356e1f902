package dev.hearth.controller.run;

import dev.hearth.controller.support.AllowedPods;
import dev.hearth.controller.support.HearthConfig;
import dev.hearth.core.plan.Durations;
import dev.hearth.core.plan.Leg;
import dev.hearth.core.plan.Names;
import dev.hearth.core.run.Action;
import dev.hearth.core.run.Artifacts;
import dev.hearth.core.run.StepPods;
import dev.hearth.pod.Directories;
import dev.hearth.pod.ListPod;
import dev.hearth.pod.PublishPod;
import dev.hearth.pod.TaskPod;
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
public class TaskPods {
    private final HearthConfig config;
    private final ArtifactSources sources;
    private final DirectoryPlans plans;
    private final AllowedPods allowed;

    public TaskPods(HearthConfig config, ArtifactSources sources, DirectoryPlans plans, AllowedPods allowed) {
        this.config = config;
        this.sources = sources;
        this.plans = plans;
        this.allowed = allowed;
    }

    /** The kubelet's own limit is the last resort: what a command may take is counted from when it began. */
    Pod of(RunView view, Action.StartTask start, Instant now) {
        var task = start.task();
        var spec = task.spec();
        var output = Optional.ofNullable(spec.artifact())
                .map(_ -> new TaskPod.Output(Names.outputs(view.name()), Artifacts.path(task, start.attempt())));
        var shard = Optional.ofNullable(spec.shards())
                .map(_ -> new TaskPod.Shard(
                        Names.shards(view.name(), spec.name()),
                        Objects.requireNonNull(task.leg().values().get(Leg.SHARD))));
        var name = StepPods.name(view.name(), task, start.attempt()).orElseThrow();
        var directories = spec.caches().isEmpty()
                ? Optional.<Directories>empty()
                : Optional.of(plans.of(view, task, start.attempt(), name));
        var limit = PodFrames.pending(view)
                .plus(Durations.parse(spec.timeout()))
                .plus(directories.map(it -> it.plan().patience()).orElse(Duration.ZERO));
        var frame = PodFrames.of(view, name, limit, now).inUserNamespace(start.userNamespace());
        var told = Map.of("HEARTH_RUN", view.name(), "HEARTH_REF", view.ref().name(), "HEARTH_COMMIT", view.commit());
        var rules = allowed.of(view.spec().cache().policy(), view.namespace(), view.trust());
        return new TaskPod(frame, told, config.tools().image(), rules)
                .of(
                        spec,
                        new TaskPod.Leg(
                                start.image(), sources.parts(view, start.artifacts()), output, shard, directories));
    }

    Pod of(RunView view, Action.StartListing start, Instant now) {
        var name = Names.listPod(view.name(), start.listing().name(), start.attempt());
        var path = TaskPod.ARTIFACTS + start.artifact().path() + "/"
                + start.listing().file();
        return new ListPod(
                        PodFrames.of(view, name, PodFrames.pending(view), now).inUserNamespace(start.userNamespace()),
                        config.tools().image())
                .of(sources.parts(view, List.of(start.artifact())), path, LegLists.LARGEST + 1);
    }

    Pod of(RunView view, Action.StartPublication start, Instant now) {
        var name = Names.publishPod(view.name(), start.publication().of().name(), start.attempt());
        return new PublishPod(
                        PodFrames.of(view, name, PodFrames.left(view, now), now).inUserNamespace(start.userNamespace()),
                        sources.worker(),
                        sources.size())
                .of(
                        Objects.requireNonNull(start.files().claim()),
                        Objects.requireNonNull(start.files().path()),
                        Objects.requireNonNull(view.spec().artifacts().repository()),
                        ArtifactSources.secret(view));
    }
}
