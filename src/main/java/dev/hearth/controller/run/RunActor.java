package dev.hearth.controller.run;

import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeSpec;
import dev.hearth.api.PipelineRun;
import dev.hearth.cluster.NameTaken;
import dev.hearth.cluster.OwnedObjects;
import dev.hearth.cluster.Pods;
import dev.hearth.cluster.Storage;
import dev.hearth.cluster.Volumes;
import dev.hearth.controller.support.HearthConfig;
import dev.hearth.controller.support.Owners;
import dev.hearth.core.cache.StorageChoice;
import dev.hearth.core.diagnosis.Finding;
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
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Does what was decided. Every act may be repeated: names are fixed, and what exists is left as it is. */
@ApplicationScoped
public class RunActor {
    private final HearthConfig config;
    private final Storage storage;
    private final Pods pods;
    private final Volumes volumes;
    private final OwnedObjects objects;
    private final IndexPublisher indexes;
    private final RefusedObjects refused;
    private final PodSecretCheck secrets;
    private final BuildPods builds;
    private final TaskPods tasks;

    public RunActor(
            HearthConfig config,
            Storage storage,
            Pods pods,
            Volumes volumes,
            OwnedObjects objects,
            IndexPublisher indexes,
            RefusedObjects refused,
            PodSecretCheck secrets,
            BuildPods builds,
            TaskPods tasks) {
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
    boolean prepareScope(RunView view, Context<PipelineRun> context) {
        var wanted = new TreeSet<>(view.plan().platforms());
        var known = view.scope().map(scope -> scope.getSpec().platforms()).orElse(List.of());
        var directories = new TreeSet<>(DirectoryPlans.wanted(view));
        var had = view.scope().map(scope -> scope.getSpec().directories()).orElse(List.of());
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
        return taken(view, view.scopeName(), () -> {
            var found = objects.find(scope);
            var unreadable = found.flatMap(CacheScope::unreadable);
            if (found.isEmpty()) {
                context.resourceOperations().create(scope);
            } else if (unreadable.isEmpty()) {
                scope.getMetadata().setUid(found.get().getMetadata().getUid());
                context.resourceOperations().serverSideApply(scope);
            }
            return unreadable.map(fields ->
                    new Finding("ScopeUnreadable", "CacheScope " + view.scopeName() + " cannot be read: " + fields));
        });
    }

    /**
     * Does one of the actions.
     *
     * @return whether the cluster took it: why it did not is observed the next time
     */
    boolean act(RunView view, Action action, Context<PipelineRun> context, Instant now) {
        return switch (action) {
            case Action.StartBuilds start -> {
                var leaves =
                        start.builds().stream().anyMatch(build -> build.spec().artifact());
                yield create(view, builds.of(view, start, now), leaves ? Names.artifacts(view.name()) : null, context);
            }
            case Action.StartTask start ->
                create(
                        view,
                        tasks.of(view, start, now),
                        start.task().keepsFiles() ? Names.outputs(view.name()) : null,
                        context);
            case Action.StartListing start -> create(view, tasks.of(view, start, now), null, context);
            case Action.StartPublication start -> create(view, tasks.of(view, start, now), null, context);
            case Action.Share(var artifact) -> {
                // The run that made it may be gone, and others that took it hold it.
                var holders = view.siblings().stream()
                        .map(run -> run.getMetadata().getUid())
                        .collect(Collectors.toSet());
                volumes.share(
                        view.namespace(), Objects.requireNonNull(artifact.claim()), holders, Owners.of(view.run()));
                yield true;
            }
            case Action.Expire(String pod) -> {
                Optional.ofNullable(view.pods().get(pod)).ifPresent(pods::expire);
                yield true;
            }
            case Action.PublishIndex publish -> {
                indexes.publish(view.run(), publish);
                yield true;
            }
            case Action.Stop(String pod) -> {
                Optional.ofNullable(view.pods().get(pod)).ifPresent(pods::delete);
                yield true;
            }
        };
    }

    /** A pod, with the volume that it leaves files on. */
    private boolean create(RunView view, Pod pod, @Nullable String volume, Context<PipelineRun> context) {
        var name = pod.getMetadata().getName();
        var refusal = secrets.refusal(view, pod);
        if (refusal.isPresent()) {
            refused.add(view, name, refusal.get());
            return false;
        }
        return taken(view, name, () -> {
            var missing = volume == null ? Optional.<Finding>empty() : createVolume(view, volume);
            if (missing.isEmpty()) {
                create(pod, context);
            }
            return missing;
        });
    }

    /** Why there is no storage for it; empty if it is made. */
    private Optional<Finding> createVolume(RunView view, String name) {
        return switch (view.choice(storage)) {
            case Storage.Choice.Missing(Finding why) -> Optional.of(why);
            case Storage.Choice.Chosen chosen -> {
                objects.create(Claims.files(
                        view.namespace(),
                        view.run().getSpec().pipeline(),
                        view.name(),
                        name,
                        new StorageChoice(
                                chosen.storage().className(), config.artifacts().size()),
                        Owners.controller(view.run())));
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
    private boolean taken(RunView view, String name, Supplier<Optional<Finding>> creation) {
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
