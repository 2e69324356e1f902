package dev.hearth.controller.run;

import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeSpec;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.Reason;
import dev.hearth.cluster.NameTaken;
import dev.hearth.cluster.OwnedObjectWriter;
import dev.hearth.cluster.PodClient;
import dev.hearth.cluster.storage.ClaimClient;
import dev.hearth.cluster.storage.StorageResolver;
import dev.hearth.config.HearthConfig;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.controller.run.pods.BuildPodFactory;
import dev.hearth.controller.run.pods.PodSecretCheck;
import dev.hearth.controller.run.pods.RejectedObjects;
import dev.hearth.controller.run.pods.TaskCachePlanner;
import dev.hearth.controller.run.pods.TaskPodFactory;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.core.buildcache.StorageChoice;
import dev.hearth.core.plan.Names;
import dev.hearth.core.run.Action;
import dev.hearth.core.status.StatusReason;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.pod.VolumeClaims;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.HttpURLConnection;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Does what was decided. Every act may be repeated: names are fixed, and what exists is left as it is. */
@ApplicationScoped
public class RunActor {
    private final HearthConfig config;
    private final StorageResolver storage;
    private final PodClient pods;
    private final ClaimClient volumes;
    private final OwnedObjectWriter objects;
    private final IndexPublisher indexes;
    private final RejectedObjects refused;
    private final PodSecretCheck secrets;
    private final BuildPodFactory builds;
    private final TaskPodFactory tasks;

    public RunActor(
            HearthConfig config,
            StorageResolver storage,
            PodClient pods,
            ClaimClient volumes,
            OwnedObjectWriter objects,
            IndexPublisher indexes,
            RejectedObjects refused,
            PodSecretCheck secrets,
            BuildPodFactory builds,
            TaskPodFactory tasks) {
        this.config = config;
        this.storage = storage;
        this.pods = pods;
        this.volumes = volumes;
        this.objects = objects;
        this.indexes = indexes;
        this.refused = refused;
        this.secrets = secrets;
        this.builds = builds;
        this.tasks = tasks;
    }

    /**
     * The scope with every platform that this run, or an earlier one, builds for, and has tasks with directories for.
     *
     * @return whether the cluster took it; one that cannot be read is left as it is
     */
    boolean prepareScope(RunContext view, Context<PipelineRun> context) {
        var wanted = new TreeSet<>(view.plan().platforms());
        var known = view.scope().map(scope -> scope.getSpec().platforms()).orElse(List.of());
        var directories = new TreeSet<>(TaskCachePlanner.wanted(view));
        var had = view.scope().map(scope -> scope.getSpec().taskCaches()).orElse(List.of());
        if ((wanted.isEmpty() && directories.isEmpty())
                || (view.scope().isPresent() && known.containsAll(wanted) && had.containsAll(directories))) {
            return true;
        }
        wanted.addAll(known);
        directories.addAll(had);
        var pipeline = view.run().getSpec().pipeline();
        var scope = new CacheScope();
        scope.setMetadata(new ObjectMetaBuilder()
                .withNamespace(view.namespace())
                .withName(view.scopeName())
                .withLabels(ObjectLabels.of(pipeline))
                .withOwnerReferences(OwnerReferences.pipelineOf(view.run()))
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
        return taken(view, view.scopeName(), () -> {
            var found = objects.find(scope);
            var unreadable = found.flatMap(CacheScope::unreadable);
            if (found.isEmpty()) {
                context.resourceOperations().create(scope);
            } else if (unreadable.isEmpty()) {
                scope.getMetadata().setUid(found.get().getMetadata().getUid());
                context.resourceOperations().serverSideApply(scope);
            }
            return unreadable.map(fields -> new StatusReason(
                    Reason.ScopeUnreadable, "CacheScope " + view.scopeName() + " cannot be read: " + fields));
        });
    }

    /**
     * Does one of the actions.
     *
     * @return whether the cluster took it: why it did not is observed the next time
     */
    boolean act(RunContext view, Action action, Context<PipelineRun> context, Instant now) {
        return switch (action) {
            case Action.StartBuilds start -> {
                var leaves =
                        start.builds().stream().anyMatch(build -> build.spec().artifact());
                yield create(
                        view, builds.build(view, start, now), leaves ? Names.artifacts(view.name()) : null, context);
            }
            case Action.StartTask start ->
                create(
                        view,
                        tasks.build(view, start, now),
                        start.task().keepsFiles() ? Names.outputs(view.name()) : null,
                        context);
            case Action.StartMatrixReader start -> create(view, tasks.build(view, start, now), null, context);
            case Action.StartArtifactUpload start -> create(view, tasks.build(view, start, now), null, context);
            case Action.ShareArtifact(var artifact) -> {
                // The run that made it may be gone, and others that took it hold it.
                var holders = view.siblings().stream()
                        .map(run -> run.getMetadata().getUid())
                        .collect(Collectors.toSet());
                volumes.share(
                        view.namespace(),
                        Objects.requireNonNull(artifact.claim()),
                        holders,
                        OwnerReferences.of(view.run()));
                yield true;
            }
            case Action.ExpirePod(String pod) -> {
                Optional.ofNullable(view.pods().get(pod)).ifPresent(pods::expire);
                yield true;
            }
            case Action.PublishIndex publish -> {
                indexes.publish(view.run(), publish);
                yield true;
            }
            case Action.StopPod(String pod) -> {
                Optional.ofNullable(view.pods().get(pod)).ifPresent(pods::delete);
                yield true;
            }
        };
    }

    /** A pod, with the volume that it leaves files on. */
    private boolean create(RunContext view, Pod pod, @Nullable String volume, Context<PipelineRun> context) {
        var name = pod.getMetadata().getName();
        var refusal = secrets.refusal(view, pod);
        if (refusal.isPresent()) {
            refused.add(view, name, refusal.get());
            return false;
        }
        return taken(view, name, () -> {
            var missing = volume == null ? Optional.<StatusReason>empty() : createVolume(view, volume);
            if (missing.isEmpty()) {
                create(pod, context);
            }
            return missing;
        });
    }

    /** Why there is no storage for it; empty if it is made. */
    private Optional<StatusReason> createVolume(RunContext view, String name) {
        return switch (view.choice(storage)) {
            case StorageResolver.Selection.Missing(StatusReason why) -> Optional.of(why);
            case StorageResolver.Selection.Chosen chosen -> {
                objects.create(VolumeClaims.files(
                        view.namespace(),
                        view.run().getSpec().pipeline(),
                        view.name(),
                        name,
                        new StorageChoice(
                                chosen.storage().className(), config.artifacts().size()),
                        OwnerReferences.controller(view.run())));
                yield Optional.empty();
            }
        };
    }

    private void create(Pod pod, Context<PipelineRun> context) {
        try {
            context.resourceOperations().create(pod);
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
            // Made just before a crash, or by a decision on an old view: its event is on the way. Or not ours.
            objects.create(pod);
        }
    }

    /**
     * What the API server does not take, now or at all, its step tells.
     *
     * @param creation says why Hearth itself does not create it
     */
    private boolean taken(RunContext view, String name, Supplier<Optional<StatusReason>> creation) {
        try {
            var why = creation.get();
            why.ifPresentOrElse(it -> refused.add(view, name, it), () -> refused.forget(view, name));
            return why.isEmpty();
        } catch (KubernetesClientException | NameTaken e) {
            refused.add(view, name, e);
            return false;
        }
    }
}
