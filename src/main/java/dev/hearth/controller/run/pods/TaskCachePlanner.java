package dev.hearth.controller.run.pods;

import dev.hearth.agent.TaskCacheRequest;
import dev.hearth.api.CacheScope;
import dev.hearth.api.OperatingSystem;
import dev.hearth.api.Reason;
import dev.hearth.api.TaskCacheVolume;
import dev.hearth.api.Trust;
import dev.hearth.cluster.storage.StorageResolver;
import dev.hearth.config.HearthConfig;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Step;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.retention.NamedArtifacts;
import dev.hearth.core.run.Action;
import dev.hearth.core.run.RunFacts.UnavailableVolume;
import dev.hearth.core.status.ConditionFactory;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.taskcache.TaskCacheChoice;
import dev.hearth.core.text.Durations;
import dev.hearth.core.text.Sizes;
import dev.hearth.pod.task.TaskCacheMounts;
import dev.hearth.pod.task.TaskPod;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Plans what a run's tasks do with the volume of its cache scope: what caches start from, and where artifacts are written. */
@ApplicationScoped
public class TaskCachePlanner {
    private static final String UNCONFINED =
            "caches of trusted refs are not mounted in an untrusted run with privileged tasks or builds: it could write them";

    private final HearthConfig config;
    private final TrustedMountCheck mounts;
    private final RejectedObjects rejected;

    public TaskCachePlanner(HearthConfig config, TrustedMountCheck mounts, RejectedObjects rejected) {
        this.config = config;
        this.mounts = mounts;
        this.rejected = rejected;
    }

    /** What has changed within this time stays on the volume, though no run names it: its run may just be about to. */
    private static final Duration NEW_ARTIFACT = Duration.ofHours(1);

    /** Returns the operating systems of tasks with caches or artifacts. */
    public static Set<OperatingSystem> operatingSystems(RunContext run) {
        return run.plan().steps().stream()
                .flatMap(step -> step instanceof Step.Task task ? Stream.of(task) : Stream.empty())
                .filter(Step.Task::writesVolume)
                .map(task -> task.spec().os())
                .collect(Collectors.toSet());
    }

    /** Returns why there is no volume yet, for each operating system whose tasks need one. */
    public Map<OperatingSystem, UnavailableVolume> missing(RunContext run) {
        var missing = new EnumMap<OperatingSystem, UnavailableVolume>(OperatingSystem.class);
        var operatingSystems = operatingSystems(run);
        if (operatingSystems.isEmpty()) {
            return missing;
        }
        if (run.storage() instanceof StorageResolver.Selection.Missing(StatusReason why)) {
            operatingSystems.forEach(os -> missing.put(os, new UnavailableVolume(why, true)));
            return missing;
        }
        var preparing = run.scope()
                .flatMap(scope -> Optional.ofNullable(scope.getStatus()))
                .flatMap(status -> ConditionFactory.awaited(status.conditions()))
                .or(() -> rejected.why(run, run.scopeName())
                        .filter(_ -> run.scope().isEmpty()))
                .orElseGet(() ->
                        new StatusReason(Reason.PreparingVolume, "preparing the volume of task caches and artifacts"));
        operatingSystems.stream()
                .filter(os -> ownVolume(run, os).isEmpty())
                .forEach(os -> missing.put(os, new UnavailableVolume(preparing, false)));
        return missing;
    }

    /** Returns where an attempt writes its artifact, on a volume that must exist. */
    TaskPod.Output output(RunContext run, Step.Task task, String pod) {
        var volume = existingVolume(run, task);
        return new TaskPod.Output(
                volume.claim(), Objects.requireNonNull(volume.uid()), Names.artifactFolder(run.uid(), pod));
    }

    /** Returns what an attempt does with its caches, and with artifacts of others. Empty if it does nothing with them. */
    Optional<TaskCacheMounts> plan(RunContext run, Action.StartTask start, String pod, Instant now) {
        var kept = start.sweeps() ? kept(run, start.task(), now) : Optional.<TaskCacheRequest.Kept>empty();
        return start.task().spec().caches().isEmpty() && kept.isEmpty()
                ? Optional.empty()
                : Optional.of(plan(run, start.task(), start.attempt(), pod, kept.orElse(null)));
    }

    /**
     * Returns the artifacts that stay on the volume of an attempt. Empty if it removes none: a run that cannot be read may name any
     * artifact, and what the runs of a merge group leave is gone with its scope, but a run of its branch may need it before.
     */
    private static Optional<TaskCacheRequest.Kept> kept(RunContext run, Step.Task task, Instant now) {
        if (!run.readsAll() || run.ref().kind() == GitRef.Kind.MERGE_GROUP) {
            return Optional.empty();
        }
        var claim = existingVolume(run, task).claim();
        return Optional.of(new TaskCacheRequest.Kept(
                NamedArtifacts.ofTasks(claim, run.siblingsAndSelf()),
                now.minus(NEW_ARTIFACT).getEpochSecond()));
    }

    private TaskCacheMounts plan(
            RunContext run, Step.Task task, int attempt, String pod, TaskCacheRequest.@Nullable Kept kept) {
        var os = task.spec().os();
        var own = existingVolume(run, task);
        var limit = limit(run);
        var readsSeeds = mounts.isAllowed(run);
        var requests = task.spec().caches().stream()
                .map(cache -> new TaskCacheChoice.Request(
                        Names.taskCacheKey(task.spec().name(), task.cell(), cache.path()), cache.path()))
                .toList();
        var plan = new TaskCacheChoice(
                        run.scopeName(),
                        own,
                        readsSeeds ? sources(run, os) : List.of(),
                        readsSeeds ? TaskCacheChoice.NEVER_FILLED : UNCONFINED,
                        Sizes.copiedWithin(limit),
                        limit)
                .choose(String.valueOf(own.uid()), task.name(), attempt, Names.attemptFolder(run.uid(), pod), requests);
        return new TaskCacheMounts(os, run.scopeName(), image(os), plan, kept);
    }

    private Duration limit(RunContext run) {
        return run.storage()
                .policySpec()
                .map(policy -> Durations.parse(policy.seedWithin()))
                .orElse(Duration.ZERO);
    }

    private String image(OperatingSystem os) {
        return switch (os) {
            case Linux -> config.agent().image();
            case Windows -> config.agent().windowsImage();
        };
    }

    private static TaskCacheVolume existingVolume(RunContext run, Step.Task task) {
        return ownVolume(run, task.spec().os())
                .orElseThrow(() ->
                        new IllegalStateException("step " + task.name() + " was started before its volume existed"));
    }

    private static Optional<TaskCacheVolume> ownVolume(RunContext run, OperatingSystem os) {
        return run.scope().flatMap(scope -> volume(scope, os));
    }

    private static List<TaskCacheChoice.Source> sources(RunContext run, OperatingSystem os) {
        return run.seedScopes().stream()
                .filter(scope -> scope.getSpec().trust() == Trust.Trusted
                        && scope.getSpec().pipeline().equals(run.pipeline())
                        && !scope.getMetadata().getName().equals(run.scopeName()))
                .flatMap(scope -> volume(scope, os)
                        .map(volume -> new TaskCacheChoice.Source(
                                scope.getSpec().ref(), scope.getMetadata().getName(), volume))
                        .stream())
                .toList();
    }

    private static Optional<TaskCacheVolume> volume(CacheScope scope, OperatingSystem os) {
        return scope.taskCaches().stream()
                .filter(volume -> volume.os() == os && volume.uid() != null)
                .findFirst();
    }
}
