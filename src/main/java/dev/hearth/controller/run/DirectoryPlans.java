package dev.hearth.controller.run;

import dev.hearth.api.CacheScope;
import dev.hearth.api.DirectoryVolume;
import dev.hearth.api.Os;
import dev.hearth.api.Trust;
import dev.hearth.cluster.Storage;
import dev.hearth.controller.support.HearthConfig;
import dev.hearth.core.cache.DirectoryChoice;
import dev.hearth.core.cache.Sizes;
import dev.hearth.core.diagnosis.Finding;
import dev.hearth.core.plan.Durations;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Step;
import dev.hearth.core.run.MissingVolume;
import dev.hearth.core.status.Conditions;
import dev.hearth.pod.Directories;
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
public class DirectoryPlans {
    private static final String UNCONFINED =
            "what others have is not mounted in a run with privileged tasks or builds: they could write it";

    private final HearthConfig config;
    private final Storage storage;
    private final ReadOnlyMounts mounts;
    private final RefusedObjects refused;

    public DirectoryPlans(HearthConfig config, Storage storage, ReadOnlyMounts mounts, RefusedObjects refused) {
        this.config = config;
        this.storage = storage;
        this.mounts = mounts;
        this.refused = refused;
    }

    /** Operating systems of a run's tasks with directories. */
    static Set<Os> wanted(RunView view) {
        return view.plan().steps().stream()
                .flatMap(step -> step instanceof Step.Task task ? Stream.of(task.spec()) : Stream.empty())
                .filter(task -> !task.caches().isEmpty())
                .map(task -> task.os())
                .collect(Collectors.toSet());
    }

    /** Why there is no volume yet, for each operating system whose tasks need one. */
    Map<Os, MissingVolume> missing(RunView view) {
        var missing = new EnumMap<Os, MissingVolume>(Os.class);
        var wanted = wanted(view);
        if (wanted.isEmpty()) {
            return missing;
        }
        if (view.choice(storage) instanceof Storage.Choice.Missing(Finding why)) {
            wanted.forEach(os -> missing.put(os, new MissingVolume(why, true)));
            return missing;
        }
        var preparing = view.scope()
                .flatMap(scope -> Optional.ofNullable(scope.getStatus()))
                .flatMap(status -> Conditions.awaited(status.conditions()))
                .or(() -> refused.why(view, view.scopeName())
                        .filter(_ -> view.scope().isEmpty()))
                .orElseGet(() -> new Finding("PreparingVolume", "the volume for its caches is being prepared"));
        wanted.stream()
                .filter(os -> own(view, os).isEmpty())
                .forEach(os -> missing.put(os, new MissingVolume(preparing, false)));
        return missing;
    }

    /** Of a leg whose volume is there. */
    Directories of(RunView view, Step.Task task, int attempt, String pod) {
        var os = task.spec().os();
        var own = own(view, os)
                .orElseThrow(() -> new IllegalStateException("step " + task.name() + " began before its volume"));
        var limit = limit(view);
        var readsOthers = mounts.hold(view);
        var wishes = task.spec().caches().stream()
                .map(cache -> new DirectoryChoice.Wish(
                        Names.directory(task.spec().name(), task.leg(), cache.path()), cache.path()))
                .toList();
        var plan = new DirectoryChoice(
                        view.scopeName(),
                        own,
                        readsOthers ? sources(view, os) : List.of(),
                        readsOthers ? DirectoryChoice.NEW : UNCONFINED,
                        Sizes.copiedWithin(limit),
                        limit)
                .of(
                        String.valueOf(own.uid()),
                        task.name(),
                        attempt,
                        Names.work(view.run().getMetadata().getUid(), pod),
                        wishes);
        return new Directories(os, view.scopeName(), image(os), plan);
    }

    private Duration limit(RunView view) {
        return view.choice(storage)
                .policySpec()
                .map(policy -> Durations.parse(policy.seedWithin()))
                .orElse(Duration.ZERO);
    }

    private String image(Os os) {
        return switch (os) {
            case Linux -> config.tools().image();
            case Windows -> config.tools().windowsImage();
        };
    }

    private static Optional<DirectoryVolume> own(RunView view, Os os) {
        return view.scope().flatMap(scope -> volume(scope, os));
    }

    private static List<DirectoryChoice.Source> sources(RunView view, Os os) {
        return view.bases().stream()
                .filter(scope -> scope.getSpec().trust() == Trust.Trusted
                        && scope.getSpec()
                                .pipeline()
                                .equals(view.run().getSpec().pipeline())
                        && !scope.getMetadata().getName().equals(view.scopeName()))
                .flatMap(scope -> volume(scope, os)
                        .map(volume -> new DirectoryChoice.Source(
                                scope.getSpec().ref(), scope.getMetadata().getName(), volume))
                        .stream())
                .toList();
    }

    private static Optional<DirectoryVolume> volume(CacheScope scope, Os os) {
        return scope.directories().stream()
                .filter(volume -> volume.os() == os && volume.uid() != null)
                .findFirst();
    }
}
