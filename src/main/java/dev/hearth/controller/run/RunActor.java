package dev.hearth.controller.run;

import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeSpecBuilder;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.Reason;
import dev.hearth.api.ScopeVolume;
import dev.hearth.cluster.ApiRejection;
import dev.hearth.cluster.NameConflictException;
import dev.hearth.cluster.OwnedObjectWriter;
import dev.hearth.cluster.PodClient;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.controller.run.pods.BuildPodFactory;
import dev.hearth.controller.run.pods.PodSecretCheck;
import dev.hearth.controller.run.pods.RegistryPodFactory;
import dev.hearth.controller.run.pods.RejectedObjects;
import dev.hearth.controller.run.pods.TaskCachePlanner;
import dev.hearth.controller.run.pods.TaskPodFactory;
import dev.hearth.controller.run.results.StoppedLogs;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.controller.support.WarmPodRoom;
import dev.hearth.core.run.Action;
import dev.hearth.core.status.StatusReason;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.pod.build.BuildPod;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.HttpURLConnection;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Carries out the actions that were decided. Each may be repeated: names are deterministic, and existing objects stay.
 */
@ApplicationScoped
public class RunActor {
    private static final Logger LOG = Logger.getLogger(RunActor.class);

    private final PodClient pods;
    private final WarmPodRoom room;
    private final OwnedObjectWriter objects;
    private final RejectedObjects rejected;
    private final PodSecretCheck secrets;
    private final BuildPodFactory builds;
    private final TaskPodFactory tasks;
    private final RegistryPodFactory registries;
    private final StoppedLogs logs;

    public RunActor(
            PodClient pods,
            WarmPodRoom room,
            OwnedObjectWriter objects,
            RejectedObjects rejected,
            PodSecretCheck secrets,
            BuildPodFactory builds,
            TaskPodFactory tasks,
            RegistryPodFactory registries,
            StoppedLogs logs) {
        this.pods = pods;
        this.room = room;
        this.objects = objects;
        this.rejected = rejected;
        this.secrets = secrets;
        this.builds = builds;
        this.tasks = tasks;
        this.registries = registries;
        this.logs = logs;
    }

    /**
     * Applies the run's cache scope, with the platforms of the builds and the operating systems whose tasks need a volume, of
     * this run and of earlier ones. A scope that cannot be read is not changed.
     *
     * @return whether the API server accepted it
     */
    boolean prepareScope(RunContext run, Context<PipelineRun> context) {
        var platforms = new TreeSet<>(run.plan().platforms());
        var knownPlatforms =
                run.scope().map(scope -> scope.getSpec().platforms()).orElse(List.of());
        var taskCaches = new TreeSet<>(TaskCachePlanner.operatingSystems(run));
        var knownTaskCaches =
                run.scope().map(scope -> scope.getSpec().taskCaches()).orElse(List.of());
        if ((platforms.isEmpty() && taskCaches.isEmpty())
                || (run.scope().isPresent()
                        && knownPlatforms.containsAll(platforms)
                        && knownTaskCaches.containsAll(taskCaches))) {
            return true;
        }
        platforms.addAll(knownPlatforms);
        taskCaches.addAll(knownTaskCaches);
        LOG.debugf("%s: applies CacheScope %s for %s", ResourceName.of(run.resource()), run.scopeName(), platforms);
        var pipeline = run.pipeline();
        var scope = new CacheScope();
        scope.setMetadata(new ObjectMetaBuilder()
                .withNamespace(run.namespace())
                .withName(run.scopeName())
                .withLabels(ObjectLabels.of(pipeline))
                .withOwnerReferences(OwnerReferences.pipelineOf(run.resource()))
                .build());
        scope.setSpec(CacheScopeSpecBuilder.builder()
                .pipeline(pipeline)
                .ref(run.resource().getSpec().ref())
                .trust(run.trust())
                .source(run.source())
                .platforms(List.copyOf(platforms))
                .taskCaches(List.copyOf(taskCaches))
                // The pipeline's controller updates the policy of an existing scope. That in this run's status may be
                // older.
                .policy(
                        run.scope().isPresent()
                                ? run.scope().get().getSpec().policy()
                                : run.spec().cache().policy())
                .rollbackTo(run.scope().map(it -> it.getSpec().rollbackTo()).orElse(null))
                .build());
        return isAccepted(run, run.scopeName(), () -> {
            var found = objects.find(scope);
            var unreadable = found.flatMap(CacheScope::unreadable);
            if (found.isEmpty()) {
                context.resourceOperations().create(scope);
            } else if (unreadable.isEmpty()) {
                scope.getMetadata().setUid(found.get().getMetadata().getUid());
                context.resourceOperations().serverSideApply(scope);
            }
            return unreadable.map(fields -> new StatusReason(
                    Reason.ScopeUnreadable, "CacheScope " + run.scopeName() + " cannot be read: " + fields));
        });
    }

    /**
     * Carries out an action.
     *
     * @return whether the API server accepted it; if not, the next observation contains why
     */
    boolean act(RunContext run, Action action, Context<PipelineRun> context, Instant now) {
        return switch (action) {
            case Action.StartBuilds start -> {
                var pod = builds.build(run, start, now);
                yield start.cache()
                        .warm()
                        .map(warm -> take(run, pod, warm, now))
                        .orElseGet(() -> create(run, pod, context));
            }
            case Action.StartTask start -> create(run, tasks.build(run, start, now), context);
            case Action.StartMatrixReader start -> create(run, tasks.build(run, start, now), context);
            case Action.StartArtifactUpload start -> create(run, registries.build(run, start, now), context);
            case Action.StartImagePublish start -> create(run, registries.build(run, start, now), context);
            case Action.EndWarmPod(var warm) -> {
                if (!run.has(warm)) {
                    pods.deleteWaiting(run.namespace(), warm.pod(), warm.uid());
                }
                yield true;
            }
            case Action.MakeRoom(var names) -> {
                room.makeFor(names.stream()
                        .flatMap(name -> Stream.ofNullable(run.pods().get(name)))
                        .toList());
                yield true;
            }
            case Action.ExpirePod(String pod) -> {
                Optional.ofNullable(run.pods().get(pod)).ifPresent(pods::expire);
                yield true;
            }
            case Action.StopPod(String pod) -> {
                Optional.ofNullable(run.pods().get(pod))
                        .filter(it -> logs.areKept(run, it))
                        .ifPresent(pods::delete);
                yield true;
            }
        };
    }

    /**
     * Takes a pod that waits, instead of creating one. If that pod is gone, the scope's controller sees it, and the run creates its
     * own: until then that pod may use the volume.
     */
    private boolean take(RunContext run, Pod pod, ScopeVolume.Warm warm, Instant now) {
        var name = pod.getMetadata().getName();
        var refusal = secrets.refusal(run, pod);
        if (refusal.isPresent()) {
            rejected.add(run, name, refusal.get());
            return false;
        }
        LOG.debugf("%s: takes pod %s as %s", ResourceName.of(run.resource()), warm.pod(), name);
        return isAccepted(run, name, () -> {
            pods.take(
                    BuildPod.taken(pod, warm, run.remainingTime(Instant.parse(warm.since())), now),
                    run.scope().orElseThrow().getMetadata().getUid(),
                    room.find(run.namespace(), warm.pod()).orElse(null));
            return Optional.empty();
        });
    }

    private boolean create(RunContext run, Pod pod, Context<PipelineRun> context) {
        var name = pod.getMetadata().getName();
        var refusal = secrets.refusal(run, pod);
        if (refusal.isPresent()) {
            rejected.add(run, name, refusal.get());
            return false;
        }
        LOG.debugf("%s: creates pod %s", ResourceName.of(run.resource()), name);
        return isAccepted(run, name, () -> {
            create(pod, context);
            return Optional.empty();
        });
    }

    private void create(Pod pod, Context<PipelineRun> context) {
        try {
            context.resourceOperations().create(pod);
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
            // The watch does not show the pod yet: it was created before a crash, or the watch is outdated.
            // Or another owner's object has the name, which this call reports.
            objects.create(pod);
        }
    }

    /**
     * Runs a creation, and records why it was rejected, for the status of the step that needs the object.
     *
     * @param creation creates the object, or returns why Hearth itself refuses to
     */
    private boolean isAccepted(RunContext run, String name, Supplier<Optional<StatusReason>> creation) {
        try {
            var why = creation.get();
            why.ifPresentOrElse(it -> rejected.add(run, name, it), () -> rejected.forget(run, name));
            return why.isEmpty();
        } catch (KubernetesClientException | NameConflictException e) {
            if (ApiRejection.isOfQuota(e)) {
                room.makeIn(run.namespace());
            }
            rejected.add(run, name, e);
            return false;
        }
    }
}
