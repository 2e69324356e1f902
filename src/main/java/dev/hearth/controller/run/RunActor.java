package dev.hearth.controller.run;

import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeSpec;
import dev.hearth.api.Isolation;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.SeedMode;
import dev.hearth.api.Trust;
import dev.hearth.buildkit.BuildCommand;
import dev.hearth.buildkit.DaemonConfig;
import dev.hearth.cluster.Pods;
import dev.hearth.cluster.Storage;
import dev.hearth.cluster.Volumes;
import dev.hearth.controller.support.HearthConfig;
import dev.hearth.controller.support.Owners;
import dev.hearth.core.cache.SeedChoice;
import dev.hearth.core.cache.StorageChoice;
import dev.hearth.core.plan.Durations;
import dev.hearth.core.plan.Leg;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Step;
import dev.hearth.core.run.Action;
import dev.hearth.core.run.Artifacts;
import dev.hearth.pod.BuildPod;
import dev.hearth.pod.Claims;
import dev.hearth.pod.Labels;
import dev.hearth.pod.ListPod;
import dev.hearth.pod.PodFrame;
import dev.hearth.pod.PublishPod;
import dev.hearth.pod.TaskPod;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Does what was decided. Every act may be repeated: names are fixed, and what exists is left as it is. */
@ApplicationScoped
public class RunActor {
    /** Share of a cache volume that survives garbage collection; the rest is room for the next build's own. */
    private static final double KEPT = 0.7;

    /** How long after a run's time the kubelet ends its pods, if nobody else has. */
    private static final Duration LAST_RESORT = Duration.ofSeconds(30);

    private final HearthConfig config;
    private final Storage storage;
    private final Pods pods;
    private final Volumes volumes;
    private final IndexPublisher indexes;
    private final RefusedPods refused;
    private final ArtifactSources sources;

    public RunActor(
            HearthConfig config,
            Storage storage,
            Pods pods,
            Volumes volumes,
            IndexPublisher indexes,
            RefusedPods refused,
            ArtifactSources sources) {
        this.config = config;
        this.storage = storage;
        this.pods = pods;
        this.volumes = volumes;
        this.indexes = indexes;
        this.refused = refused;
        this.sources = sources;
    }

    /** The scope with every platform that this run, or an earlier one, builds for. */
    void prepareScope(RunView view, Context<PipelineRun> context) {
        var wanted = new TreeSet<>(view.plan().platforms());
        var known = view.scope().map(scope -> scope.getSpec().platforms()).orElse(List.of());
        if (wanted.isEmpty() || (view.scope().isPresent() && Set.copyOf(known).containsAll(wanted))) {
            return;
        }
        wanted.addAll(known);
        var pipeline = view.run().getSpec().pipeline();
        var scope = new CacheScope();
        scope.setMetadata(new ObjectMetaBuilder()
                .withNamespace(view.namespace())
                .withName(view.scopeName())
                .withLabels(Labels.of(pipeline))
                .withOwnerReferences(Owners.pipelineOf(view.run()))
                .build());
        scope.setSpec(new CacheScopeSpec(
                pipeline,
                view.run().getSpec().ref(),
                view.trust(),
                List.copyOf(wanted),
                view.spec().cache().policy(),
                view.scope().map(it -> it.getSpec().rollbackTo()).orElse(null)));
        context.resourceOperations().serverSideApply(scope);
    }

    /**
     * Does one of the actions.
     *
     * @return whether the cluster took it: why it did not is observed the next time
     */
    boolean act(RunView view, Action action, Context<PipelineRun> context, Instant now) {
        return switch (action) {
            case Action.StartBuilds start -> {
                if (start.builds().stream().anyMatch(build -> build.spec().artifact())) {
                    createVolume(view, Names.artifacts(view.name()), context);
                }
                yield create(buildPod(view, start, now), context);
            }
            case Action.StartTask start -> create(taskPod(view, start, context, now), context);
            case Action.StartListing start -> create(listPod(view, start, now), context);
            case Action.StartPublication start -> create(publishPod(view, start, now), context);
            case Action.Share(var artifact) -> {
                volumes.share(view.namespace(), Objects.requireNonNull(artifact.claim()), Owners.of(view.run()));
                yield true;
            }
            case Action.Expire(String pod) -> {
                pods.expire(view.namespace(), pod);
                yield true;
            }
            case Action.PublishIndex publish -> {
                indexes.publish(view.run(), publish);
                yield true;
            }
            case Action.Stop(String pod) -> {
                pods.delete(view.namespace(), pod);
                yield true;
            }
        };
    }

    /** The kubelet's own limit is the last resort: what a command may take is counted from when it began. */
    private Pod taskPod(RunView view, Action.StartTask start, Context<PipelineRun> context, Instant now) {
        var task = start.task();
        var spec = task.spec();
        var output = Optional.ofNullable(spec.artifact())
                .map(_ -> new TaskPod.Output(Names.outputs(view.name()), Artifacts.path(task, start.attempt())));
        output.ifPresent(it -> createVolume(view, it.claim(), context));
        var shard = Optional.ofNullable(spec.shards())
                .map(_ -> new TaskPod.Shard(
                        Names.shards(view.name(), spec.name()),
                        Objects.requireNonNull(task.leg().values().get(Leg.SHARD))));
        var frame = frame(
                view,
                Names.taskPod(view.name(), spec.name(), task.leg(), start.attempt()),
                pending(view).plus(Durations.parse(spec.timeout())),
                now);
        var told = Map.of("HEARTH_RUN", view.name(), "HEARTH_REF", view.ref().name(), "HEARTH_COMMIT", view.commit());
        return new TaskPod(frame, told, config.tools().image(), view.trust() == Trust.Trusted)
                .of(spec, new TaskPod.Leg(start.image(), sources.parts(view, start.artifacts()), output, shard));
    }

    private Pod listPod(RunView view, Action.StartListing start, Instant now) {
        var name = Names.listPod(view.name(), start.listing().name(), start.attempt());
        var path = TaskPod.ARTIFACTS + start.artifact().path() + "/"
                + start.listing().file();
        return new ListPod(frame(view, name, pending(view), now), config.tools().image())
                .of(sources.parts(view, List.of(start.artifact())), path, LegLists.LARGEST + 1);
    }

    private Pod publishPod(RunView view, Action.StartPublication start, Instant now) {
        var name = Names.publishPod(view.name(), start.publication().of().name(), start.attempt());
        return new PublishPod(frame(view, name, left(view, now), now), sources.worker(), sources.size())
                .of(
                        Objects.requireNonNull(start.files().claim()),
                        Objects.requireNonNull(start.files().path()),
                        Objects.requireNonNull(view.spec().artifacts().repository()),
                        ArtifactSources.secret(view));
    }

    private static Duration pending(RunView view) {
        return Durations.parse(view.spec().pendingTimeout());
    }

    private Pod buildPod(RunView view, Action.StartBuilds start, Instant now) {
        var insecure = config.registries().insecure().orElse(Set.of());
        var frame = frame(view, Names.buildPod(view.name(), start.platform(), start.attempt()), left(view, now), now);
        var isolation = start.cache().isolation();
        var toml = new DaemonConfig(config.registries().mirrors(), insecure, keepBytes(view), isolation).toml();
        var imports = start.cache().seed().mode() == SeedMode.Cold
                ? view.spec().cache().imports()
                : List.<String>of();
        var command = new BuildCommand(view.spec().source().url(), view.commit(), insecure, imports);
        return new BuildPod(frame, tools(view, isolation), toml, isolation, command, exports(view, start))
                .of(view.scopeName(), start.platform(), start.cache(), start.builds(), secrets(view, start.builds()));
    }

    private BuildPod.Tools tools(RunView view, Isolation isolation) {
        var limit = storage.choose(view.spec().cache().policy()) instanceof Storage.Choice.Chosen chosen
                ? Durations.parse(chosen.policy().seedWithin())
                : Duration.ZERO;
        var image = HearthConfig.Buildkit.image(config.buildkit(), isolation);
        return new BuildPod.Tools(image, config.tools().image(), limit);
    }

    /** Only what others may start from, and only where they can start in no better way. */
    private boolean exports(RunView view, Action.StartBuilds start) {
        return start.cache().sealing().isPresent()
                && storage.choose(view.spec().cache().policy()) instanceof Storage.Choice.Chosen chosen
                && SeedChoice.needsExports(chosen.policy().seed(), start.cache().isolation());
    }

    /** What reads the repository is out of reach of any step, so every run has it; what pushes, trusted ones alone. */
    private static BuildPod.Secrets secrets(RunView view, List<Step.Build> builds) {
        var git = Optional.ofNullable(view.spec().source().credentials()).map(it -> it.secretName());
        if (view.trust() == Trust.Untrusted) {
            return new BuildPod.Secrets(git, Map.of());
        }
        Map<String, String> push = builds.stream()
                .flatMap(build -> PushSecrets.of(build).stream())
                .collect(Collectors.toMap(PushSecrets::build, PushSecrets::secret, (first, _) -> first));
        return new BuildPod.Secrets(git, push);
    }

    private PodFrame frame(RunView view, String name, Duration limit, Instant now) {
        var left = left(view, now);
        return new PodFrame(
                view.namespace(),
                view.run().getSpec().pipeline(),
                view.name(),
                name,
                Owners.controller(view.run()),
                limit.compareTo(left) < 0 ? limit : left);
    }

    /** The kubelet counts in whole seconds, and says only of the step that it took too long: the run's end comes first. */
    private static Duration left(RunView view, Instant now) {
        return Duration.between(now, view.deadline()).plus(LAST_RESORT);
    }

    private void createVolume(RunView view, String name, Context<PipelineRun> context) {
        if (storage.choose(view.spec().cache().policy()) instanceof Storage.Choice.Chosen chosen) {
            context.resourceOperations()
                    .serverSideApply(Claims.files(
                            view.namespace(),
                            view.run().getSpec().pipeline(),
                            view.name(),
                            name,
                            new StorageChoice(
                                    chosen.storage().className(),
                                    config.artifacts().size()),
                            Owners.controller(view.run())));
        }
    }

    private long keepBytes(RunView view) {
        var size = storage.choose(view.spec().cache().policy()) instanceof Storage.Choice.Chosen chosen
                ? Quantity.getAmountInBytes(new Quantity(chosen.storage().size()))
                        .doubleValue()
                : 0;
        return (long) (size * KEPT);
    }

    /** What the API server does not take is told by the step; only a server that is not there is the run's own trouble. */
    private boolean create(Pod pod, Context<PipelineRun> context) {
        var meta = pod.getMetadata();
        try {
            context.resourceOperations().create(pod);
            refused.forget(meta.getNamespace(), meta.getName());
            return true;
        } catch (KubernetesClientException e) {
            // Made just before a crash, or by a decision on an old view: its event is on the way.
            if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
                return true;
            }
            refused.add(meta.getNamespace(), meta.getName(), e);
            return false;
        }
    }
}
