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
import dev.hearth.core.run.UnavailableVolume;
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

/** What the directories of a run's tasks start from. */
@ApplicationScoped
public class TaskCachePlanner {
    private static final String UNCONFINED =
            "what others have is not mounted in a run with privileged tasks or builds: they could write it";

    private final HearthConfig config;
    private final StorageResolver storage;
    private final TrustedMountCheck mounts;
    private final RejectedObjects refused;

    public TaskCachePlanner(
            HearthConfig config, StorageResolver storage, TrustedMountCheck mounts, RejectedObjects refused) {
        this.config = config;
        this.storage = storage;
        this.mounts = mounts;
        this.refused = refused;
    }

    /** Operating systems of a run's tasks with directories. */
    public static Set<OperatingSystem> wanted(RunContext view) {
        return view.plan().steps().stream()
                .flatMap(step -> step instanceof Step.Task task ? Stream.of(task.spec()) : Stream.empty())
                .filter(task -> !task.caches().isEmpty())
                .map(task -> task.os())
                .collect(Collectors.toSet());
    }

    /** Why there is no volume yet, for each operating system whose tasks need one. */
    public Map<OperatingSystem, UnavailableVolume> missing(RunContext view) {
        var missing = new EnumMap<OperatingSystem, UnavailableVolume>(OperatingSystem.class);
        var wanted = wanted(view);
        if (wanted.isEmpty()) {
            return missing;
        }
        if (view.choice(storage) instanceof StorageResolver.Selection.Missing(StatusReason why)) {
            wanted.forEach(os -> missing.put(os, new UnavailableVolume(why, true)));
            return missing;
        }
        var preparing = view.scope()
                .flatMap(scope -> Optional.ofNullable(scope.getStatus()))
                .flatMap(status -> ConditionFactory.awaited(status.conditions()))
                .or(() -> refused.why(view, view.scopeName())
                        .filter(_ -> view.scope().isEmpty()))
                .orElseGet(
                        () -> new StatusReason(Reason.PreparingVolume, "the volume for its caches is being prepared"));
        wanted.stream()
                .filter(os -> ownVolume(view, os).isEmpty())
                .forEach(os -> missing.put(os, new UnavailableVolume(preparing, false)));
        return missing;
    }

    /** Of a leg whose volume is there. */
    TaskCacheMounts plan(RunContext view, Step.Task task, int attempt, String pod) {
        var os = task.spec().os();
        var own = ownVolume(view, os)
                .orElseThrow(() -> new IllegalStateException("step " + task.name() + " began before its volume"));
        var limit = limit(view);
        var readsOthers = mounts.isAllowed(view);
        var wishes = task.spec().caches().stream()
                .map(cache -> new TaskCacheChoice.Request(
                        Names.taskCacheKey(task.spec().name(), task.leg(), cache.path()), cache.path()))
                .toList();
        var plan = new TaskCacheChoice(
                        view.scopeName(),
                        own,
                        readsOthers ? sources(view, os) : List.of(),
                        readsOthers ? TaskCacheChoice.NEVER_FILLED : UNCONFINED,
                        Sizes.copiedWithin(limit),
                        limit)
                .choose(
                        String.valueOf(own.uid()),
                        task.name(),
                        attempt,
                        Names.attemptFolder(view.run().getMetadata().getUid(), pod),
                        wishes);
        return new TaskCacheMounts(os, view.scopeName(), image(os), plan);
    }

    private Duration limit(RunContext view) {
        return view.choice(storage)
                .policySpec()
                .map(policy -> Durations.parse(policy.seedWithin()))
                .orElse(Duration.ZERO);
    }

    private String image(OperatingSystem os) {
        return switch (os) {
            case Linux -> config.tools().image();
            case Windows -> config.tools().windowsImage();
        };
    }

    private static Optional<TaskCacheVolume> ownVolume(RunContext view, OperatingSystem os) {
        return view.scope().flatMap(scope -> volume(scope, os));
    }

    private static List<TaskCacheChoice.Source> sources(RunContext view, OperatingSystem os) {
        return view.bases().stream()
                .filter(scope -> scope.getSpec().trust() == Trust.Trusted
                        && scope.getSpec()
                                .pipeline()
                                .equals(view.run().getSpec().pipeline())
                        && !scope.getMetadata().getName().equals(view.scopeName()))
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
