package dev.hearth.controller.run.pods;

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
import dev.hearth.core.run.RunFacts.UnavailableVolume;
import dev.hearth.core.status.ConditionFactory;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.taskcache.TaskCacheChoice;
import dev.hearth.core.text.Durations;
import dev.hearth.core.text.Sizes;
import dev.hearth.pod.task.TaskCacheMounts;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Plans what the task caches of a run start from. */
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

    /** Returns the operating systems of tasks with caches. */
    public static Set<OperatingSystem> operatingSystems(RunContext run) {
        return run.plan().steps().stream()
                .flatMap(step -> step instanceof Step.Task task ? Stream.of(task.spec()) : Stream.empty())
                .filter(task -> !task.caches().isEmpty())
                .map(task -> task.os())
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
                .orElseGet(() -> new StatusReason(Reason.PreparingVolume, "preparing the volume of the task caches"));
        operatingSystems.stream()
                .filter(os -> ownVolume(run, os).isEmpty())
                .forEach(os -> missing.put(os, new UnavailableVolume(preparing, false)));
        return missing;
    }

    /** Returns the task caches of an attempt, whose volume must exist. */
    TaskCacheMounts plan(RunContext run, Step.Task task, int attempt, String pod) {
        var os = task.spec().os();
        var own = ownVolume(run, os)
                .orElseThrow(() -> new IllegalStateException(
                        "step " + task.name() + " was started before its cache volume existed"));
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
        return new TaskCacheMounts(os, run.scopeName(), image(os), plan);
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
