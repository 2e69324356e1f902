package dev.hearth.controller.scope;

import dev.hearth.api.CacheScope;
import dev.hearth.api.OperatingSystem;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.StepStatus;
import dev.hearth.api.TaskCacheVolume;
import dev.hearth.cluster.OwnedObjectWriter;
import dev.hearth.controller.support.IndependentWork;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.buildcache.StorageChoice;
import dev.hearth.core.plan.Names;
import dev.hearth.core.taskcache.TaskCacheDecider;
import dev.hearth.core.taskcache.TaskCacheFacts;
import dev.hearth.core.text.Sizes;
import dev.hearth.pod.PodRun;
import dev.hearth.pod.VolumeClaims;
import dev.hearth.pod.observe.PodReader;
import dev.hearth.pod.task.TaskCacheMounts;
import dev.hearth.pod.task.TaskCacheNote;
import dev.hearth.report.TaskCacheReportReader;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Creates the claims of a scope's task cache volumes, and has it decided which states are kept on them. */
@ApplicationScoped
public class TaskCacheVolumeKeeper {
    private static final Logger LOG = Logger.getLogger(TaskCacheVolumeKeeper.class);

    private final OwnedObjectWriter objects;
    private final Clock clock;

    public TaskCacheVolumeKeeper(OwnedObjectWriter objects, Clock clock) {
        this.objects = objects;
        this.clock = clock;
    }

    /** Returns a volume for each operating system that the scope's spec names, or named before. */
    List<TaskCacheVolume> update(ScopeObservation observation, StorageChoice storage, IndependentWork work) {
        var scope = observation.scope();
        var claims = observation.claims().taskCaches();
        var pods =
                observation.allPods().stream().flatMap(pod -> pod(pod).stream()).toList();
        var runs = runs(observation.runs());
        return Stream.concat(
                        scope.getSpec().taskCaches().stream(),
                        scope.taskCaches().stream().map(TaskCacheVolume::os))
                .distinct()
                .map(os -> decide(scope, os, storage, claims, pods, runs, work))
                .toList();
    }

    /** Returns when the volumes are to be checked again. Empty if nothing on them expires. */
    Optional<Duration> nextCheck(List<TaskCacheVolume> decided) {
        return decided.stream()
                .flatMap(volume -> TaskCacheDecider.nextCheck(volume, clock.instant()).stream())
                .min(Duration::compareTo);
    }

    private TaskCacheVolume decide(
            CacheScope scope,
            OperatingSystem os,
            StorageChoice storage,
            Map<String, PersistentVolumeClaim> claims,
            List<TaskCacheFacts.CachingPod> pods,
            Map<String, TaskCacheFacts.Steps> runs,
            IndependentWork work) {
        var name = Names.taskCacheVolume(scope.getMetadata().getName(), os);
        @Nullable PersistentVolumeClaim claim = claims.get(name);
        if (claim == null) {
            LOG.debugf("%s: creates claim %s", ResourceName.of(scope), name);
            work.run(() -> objects.create(VolumeClaims.taskCaches(
                    scope.getMetadata().getNamespace(),
                    scope.getSpec().pipeline(),
                    scope.getMetadata().getName(),
                    os,
                    name,
                    storage,
                    OwnerReferences.controller(scope))));
        }
        var uid = Optional.ofNullable(claim)
                .filter(it -> OwnerReferences.owns(scope, it) && !it.isMarkedForDeletion())
                .map(it -> it.getMetadata().getUid());
        var recorded = scope.taskCaches().stream()
                .filter(volume -> volume.os() == os)
                .findFirst()
                .orElseGet(() -> TaskCacheVolume.unused(os, name));
        var size = Sizes.kib(storage.size());
        return new TaskCacheDecider(new TaskCacheFacts(recorded, uid, pods, runs, size, clock.instant())).decide();
    }

    private static Map<String, TaskCacheFacts.Steps> runs(Collection<PipelineRun> runs) {
        return runs.stream()
                .filter(run -> run.getStatus() != null && run.getStatus().commit() != null)
                .collect(Collectors.toMap(run -> run.getMetadata().getName(), TaskCacheVolumeKeeper::steps));
    }

    private static TaskCacheFacts.Steps steps(PipelineRun run) {
        var status = run.getStatus();
        return new TaskCacheFacts.Steps(
                String.valueOf(status.commit()),
                status.finishedAt() != null,
                status.steps().stream().collect(Collectors.toMap(StepStatus::name, Function.identity())));
    }

    /**
     * Returns what a pod does with task caches. Empty if it has none, or no run controls it: a user has copied our
     * annotations.
     */
    private static Optional<TaskCacheFacts.CachingPod> pod(Pod pod) {
        return PodRun.of(pod)
                .flatMap(run -> TaskCacheNote.read(pod)
                        .map(use -> new TaskCacheFacts.CachingPod(
                                run,
                                use,
                                Instant.parse(pod.getMetadata().getCreationTimestamp()),
                                PodReader.hasFinished(pod) ? Optional.of(PodReader.finishedAt(pod)) : Optional.empty(),
                                PodReader.terminationMessage(pod, TaskCacheMounts.CONTAINER)
                                        .flatMap(TaskCacheReportReader::read))));
    }
}
