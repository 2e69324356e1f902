package dev.hearth.controller.run;

import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeSpec;
import dev.hearth.api.PipelineRun;
import dev.hearth.cluster.Pods;
import dev.hearth.cluster.Storage;
import dev.hearth.cluster.Volumes;
import dev.hearth.controller.support.HearthConfig;
import dev.hearth.controller.support.Owners;
import dev.hearth.core.cache.StorageChoice;
import dev.hearth.core.plan.Names;
import dev.hearth.core.run.Action;
import dev.hearth.pod.Claims;
import dev.hearth.pod.Labels;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.HttpURLConnection;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;

/** Does what was decided. Every act may be repeated: names are fixed, and what exists is left as it is. */
@ApplicationScoped
public class RunActor {
    private final HearthConfig config;
    private final Storage storage;
    private final Pods pods;
    private final Volumes volumes;
    private final IndexPublisher indexes;
    private final RefusedPods refused;
    private final PodSecretCheck secrets;
    private final BuildPods builds;
    private final TaskPods tasks;

    public RunActor(
            HearthConfig config,
            Storage storage,
            Pods pods,
            Volumes volumes,
            IndexPublisher indexes,
            RefusedPods refused,
            PodSecretCheck secrets,
            BuildPods builds,
            TaskPods tasks) {
        this.config = config;
        this.storage = storage;
        this.pods = pods;
        this.volumes = volumes;
        this.indexes = indexes;
        this.refused = refused;
        this.secrets = secrets;
        this.builds = builds;
        this.tasks = tasks;
    }

    /** The scope with every platform that this run, or an earlier one, builds for, and has tasks with directories for. */
    void prepareScope(RunView view, Context<PipelineRun> context) {
        var wanted = new TreeSet<>(view.plan().platforms());
        var known = view.scope().map(scope -> scope.getSpec().platforms()).orElse(List.of());
        var directories = new TreeSet<>(DirectoryPlans.wanted(view));
        var had = view.scope().map(scope -> scope.getSpec().directories()).orElse(List.of());
        if ((wanted.isEmpty() && directories.isEmpty())
                || (view.scope().isPresent() && known.containsAll(wanted) && had.containsAll(directories))) {
            return;
        }
        wanted.addAll(known);
        directories.addAll(had);
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
                view.source(),
                view.trust(),
                List.copyOf(wanted),
                List.copyOf(directories),
                // That of a scope follows the pipeline, as it is now and not as it was when this run began.
                view.scope().isPresent()
                        ? view.scope().get().getSpec().policy()
                        : view.spec().cache().policy(),
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
                yield create(view, builds.of(view, start, now), context);
            }
            case Action.StartTask start -> {
                if (start.task().keepsFiles()) {
                    createVolume(view, Names.outputs(view.name()), context);
                }
                yield create(view, tasks.of(view, start, now), context);
            }
            case Action.StartListing start -> create(view, tasks.of(view, start, now), context);
            case Action.StartPublication start -> create(view, tasks.of(view, start, now), context);
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

    private void createVolume(RunView view, String name, Context<PipelineRun> context) {
        if (storage.choose(view.spec().cache().policy(), view.namespace(), view.trust())
                instanceof Storage.Choice.Chosen chosen) {
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

    /** What the API server does not take is told by the step; only a server that is not there is the run's own trouble. */
    private boolean create(RunView view, Pod pod, Context<PipelineRun> context) {
        var meta = pod.getMetadata();
        var refusal = secrets.refusal(view, pod);
        if (refusal.isPresent()) {
            refused.add(meta.getNamespace(), meta.getName(), refusal.get());
            return false;
        }
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
