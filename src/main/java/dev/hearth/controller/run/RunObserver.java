package dev.hearth.controller.run;

import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeStatus;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.StepStatus;
import dev.hearth.buildkit.SolveOutput;
import dev.hearth.cluster.Storage;
import dev.hearth.controller.support.HearthConfig;
import dev.hearth.core.diagnosis.Finding;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Step;
import dev.hearth.core.run.BuildResult;
import dev.hearth.core.run.Observation;
import dev.hearth.core.run.RunFacts;
import dev.hearth.core.run.VolumeState;
import dev.hearth.pod.Labels;
import dev.hearth.pod.PodReader;
import io.fabric8.kubernetes.api.model.Pod;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Gathers the facts that a run is decided from. */
@ApplicationScoped
public class RunObserver {
    private final PodReader reader;
    private final Storage storage;
    private final IndexPublisher indexes;

    public RunObserver(HearthConfig config, Storage storage, IndexPublisher indexes) {
        this.reader = new PodReader(config.imagePullPatience());
        this.storage = storage;
        this.indexes = indexes;
    }

    RunFacts observe(RunView view, Instant now) {
        var plan = view.plan();
        var recorded = view.status().steps().stream().collect(Collectors.toMap(StepStatus::name, Function.identity()));
        var observed = new HashMap<String, Observation>();
        for (Step step : plan.steps()) {
            observe(view, step, recorded.get(step.name())).ifPresent(it -> observed.put(step.name(), it));
        }
        var open = plan.builds()
                .anyMatch(build -> Optional.ofNullable(recorded.get(build.name()))
                        .map(status -> status.state() == StepStatus.State.Pending)
                        .orElse(true));
        return new RunFacts(
                view.name(),
                plan,
                recorded,
                observed,
                open ? volumes(view) : Map.of(),
                view.run().getSpec().cancel(),
                view.deadline(),
                now);
    }

    private Optional<Observation> observe(
            RunView view, Step step, @org.jspecify.annotations.Nullable StepStatus recorded) {
        return switch (step) {
            case Step.Build build ->
                pod(view, Names.buildPod(view.name(), build.platform()))
                        .map(pod -> reader.build(
                                pod,
                                build.container(),
                                message -> SolveOutput.read(message).map(result -> placed(result, pod))))
                        .map(seen -> storageFirst(view, build, seen));
            case Step.Task task ->
                pod(view, Names.taskPod(view.name(), task.name())).map(reader::task);
            case Step.Index index -> indexes.observe(view.run(), index, Optional.ofNullable(recorded));
        };
    }

    /** A pod whose volume storage has yet to make waits for that, whatever the scheduler says of it. */
    private static Observation storageFirst(RunView view, Step.Build build, Observation seen) {
        return seen instanceof Observation.Waiting
                ? volumes(view.scope())
                        .filter(volume -> volume.platform().equals(build.platform()))
                        .flatMap(volume -> Optional.ofNullable(volume.waits()).stream())
                        .<Observation>map(
                                wait -> new Observation.Waiting("PreparingVolume", wait.message(), Optional.empty()))
                        .findFirst()
                        .orElse(seen)
                : seen;
    }

    /** With where its cache came from, which its pod was told and its daemon may have found otherwise. */
    private static BuildResult placed(BuildResult result, Pod pod) {
        var told = pod.getMetadata().getAnnotations();
        var note = result.cacheFrom();
        return new BuildResult(
                result.digest(),
                result.cached(),
                result.executed(),
                note == null ? told.get(Labels.CACHE_FROM) : "Cold: " + note,
                Boolean.parseBoolean(told.get(Labels.CACHE_REPEATS)) ? result.regressed() : List.of());
    }

    private static Optional<Pod> pod(RunView view, String name) {
        return Optional.ofNullable(view.pods().get(name));
    }

    private Map<String, VolumeState> volumes(RunView view) {
        if (storage.choose(view.spec().cache().policy()) instanceof Storage.Choice.Missing(Finding why)) {
            return view.plan().platforms().stream()
                    .collect(Collectors.toMap(Function.identity(), _ -> new VolumeState.Refused(why)));
        }
        return view.scope()
                .flatMap(scope -> Optional.ofNullable(scope.getStatus()))
                .map(scope -> scope.volumes().stream()
                        .collect(Collectors.toMap(
                                ScopeVolume::platform,
                                volume -> VolumeState.of(scope, volume, view.name(), view.began()))))
                .orElse(Map.of());
    }

    private static Stream<ScopeVolume> volumes(Optional<CacheScope> scope) {
        return scope.flatMap(it -> Optional.ofNullable(it.getStatus())).map(CacheScopeStatus::volumes).stream()
                .flatMap(List::stream);
    }
}
