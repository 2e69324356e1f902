package dev.hearth.core.taskcache;

import dev.hearth.api.TaskCacheState;
import dev.hearth.api.TaskCacheState.State;
import dev.hearth.api.TaskCacheStateBuilder;
import dev.hearth.api.TaskCacheVolume;
import dev.hearth.api.TaskCacheVolumeBuilder;
import dev.hearth.core.taskcache.TaskCacheFacts.CachingPod;
import dev.hearth.core.text.Sizes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Decides the states of a scope's task caches: it records the states that pods write, seals those of succeeded steps and
 * marks the others as outdated. The operator never deletes a state itself: the next pod on the volume removes it.
 */
public final class TaskCacheDecider {
    /** A cache that none of the last so many runs used is outdated. */
    static final int RUNS = 10;

    private final TaskCacheFacts facts;
    private final TaskCacheVolume before;
    private final Map<String, TaskCacheState> states = new LinkedHashMap<>();

    public TaskCacheDecider(TaskCacheFacts facts) {
        this.facts = facts;
        var known = facts.before();
        var same = facts.uid().isPresent() && facts.uid().get().equals(known.uid());
        // A new claim of the same name holds none of the recorded states.
        this.before = same ? known : TaskCacheVolume.unused(known.os(), known.claim());
        before.states().forEach(state -> states.put(state.folder(), state));
    }

    public TaskCacheVolume decide() {
        var writers = facts.pods().stream()
                .filter(pod -> pod.use().claim().equals(before.claim())
                        && facts.uid().equals(Optional.of(pod.use().uid())))
                .filter(this::isUnrecorded)
                .sorted(Comparator.comparing(CachingPod::created))
                .toList();
        writers.forEach(this::recordStart);
        var ended = writers.stream()
                .filter(pod -> pod.ended().isPresent())
                .sorted(Comparator.comparing(pod -> pod.ended().get()))
                .toList();
        ended.forEach(this::recordEnd);
        var usage = ended.stream()
                .flatMap(pod -> pod.report().flatMap(TaskCacheReport::usage).stream())
                .reduce((_, newer) -> newer);
        var runs = runs(writers);
        var capacity = usage.map(it -> Sizes.of(it.capacity())).orElse(before.capacity());
        var artifacts = usage.map(it -> Sizes.of(it.artifacts())).orElse(before.artifacts());
        return TaskCacheVolumeBuilder.builder()
                .os(before.os())
                .claim(before.claim())
                .uid(facts.uid().orElse(null))
                .used(usage.map(it -> Sizes.of(it.content())).orElse(before.used()))
                .artifacts(artifacts)
                .capacity(capacity)
                .free(usage.map(it -> Sizes.of(it.free())).orElse(before.free()))
                .users(users())
                .runs(runs)
                .observed(lastRecordedEnd(ended))
                .states(new TaskCacheRetention(facts, runs, usableSpace(capacity, artifacts)).retain(settle()))
                .build();
    }

    /** Returns the time until the next retired state becomes outdated; empty if there is none. */
    public static Optional<Duration> nextCheck(TaskCacheVolume decided, Instant now) {
        return decided.states().stream()
                .filter(state -> state.state() == State.Sealed)
                .flatMap(state -> Stream.ofNullable(state.retiredAt()))
                .map(retired -> Duration.between(now, Instant.parse(retired).plus(TaskCacheRetention.GRACE)))
                .filter(Duration::isPositive)
                .min(Duration::compareTo);
    }

    /**
     * Whether a pod is running, or has finished and is not recorded yet. A finished pod is recorded only once: it may still
     * exist when a later pod has already removed its states.
     */
    private boolean isUnrecorded(CachingPod pod) {
        var recorded = before.observed();
        return pod.ended().isEmpty()
                || recorded == null
                || pod.ended().get().isAfter(Instant.parse(recorded))
                || pod.use().caches().stream()
                        .map(given -> states.get(given.folder()))
                        .anyMatch(state -> state != null && state.state() == State.Open);
    }

    private void recordStart(CachingPod pod) {
        var use = pod.use();
        for (TaskCacheUse.Given given : use.caches()) {
            states.putIfAbsent(
                    given.folder(),
                    TaskCacheStateBuilder.builder()
                            .key(given.key())
                            .work(given.work())
                            .state(State.Open)
                            .path(given.path())
                            .run(pod.run())
                            .step(use.step())
                            .attempt(use.attempt())
                            .at(pod.created().toString())
                            .build());
        }
        use.reads(before.claim())
                .forEach(folder -> states.computeIfPresent(folder, (_, state) -> state.withUsedBy(pod.run())));
    }

    private void recordEnd(CachingPod pod) {
        var end = pod.ended().orElseThrow().toString();
        var report = pod.report();
        for (TaskCacheUse.Given given : pod.use().caches()) {
            var left = report.map(TaskCacheReport::left).map(sizes -> sizes.get(given.key()));
            states.computeIfPresent(
                    given.folder(), (_, state) -> state.left(left.map(Sizes::of).orElse(state.size()), end));
        }
        report.filter(TaskCacheReport::removed)
                .ifPresent(_ -> pod.use().remove().forEach(states::remove));
        report.map(TaskCacheReport::found).orElse(List.of()).forEach(folder -> {
            var parts = folder.split("/", 2);
            states.putIfAbsent(
                    folder,
                    TaskCacheStateBuilder.builder()
                            .key(parts[0])
                            .work(parts[1])
                            .state(State.Outdated)
                            .path("")
                            .run("")
                            .step("")
                            .attempt(0)
                            .at(end)
                            .build());
        });
    }

    /** Once no running pod writes a state, the result of its step decides whether it is sealed or outdated. */
    private List<TaskCacheState> settle() {
        var written = facts.pods().stream()
                .filter(pod -> pod.ended().isEmpty())
                .flatMap(pod -> pod.use().caches().stream())
                .map(TaskCacheUse.Given::folder)
                .collect(Collectors.toSet());
        return states.values().stream()
                .map(state -> state.state() != State.Open || written.contains(state.folder())
                        ? state
                        : switch (facts.runResult(state.run(), state.step(), state.attempt())) {
                            case Pending -> state;
                            case Succeeded ->
                                state.sealed(Objects.requireNonNull(facts.runs().get(state.run()))
                                        .commit());
                            case Failed -> state.withState(State.Outdated);
                        })
                .sorted(Comparator.comparing(TaskCacheRetention::at).reversed())
                .toList();
    }

    /** Returns the runs whose running pods write or read the volume. */
    private List<String> users() {
        return facts.pods().stream()
                .filter(pod -> pod.ended().isEmpty())
                .filter(pod -> pod.use().claim().equals(before.claim())
                        || !pod.use().reads(before.claim()).isEmpty())
                .map(CachingPod::run)
                .distinct()
                .sorted()
                .toList();
    }

    private List<String> runs(List<CachingPod> writers) {
        var runs = new LinkedHashSet<>(before.runs());
        writers.stream().filter(pod -> !pod.use().caches().isEmpty()).forEach(pod -> runs.add(pod.run()));
        var all = new ArrayList<>(runs);
        return all.subList(Math.max(0, all.size() - RUNS), all.size());
    }

    private @Nullable String lastRecordedEnd(List<CachingPod> ended) {
        return Stream.concat(
                        Stream.ofNullable(before.observed()).map(Instant::parse),
                        ended.stream().map(pod -> pod.ended().orElseThrow()))
                .max(Comparator.naturalOrder())
                .map(Instant::toString)
                .orElse(null);
    }

    /**
     * A pod copies each retained state before it writes, so states may take only half of what artifacts leave. A pod that
     * reports nonsense can only lose its own ref's caches.
     */
    private long usableSpace(@Nullable String capacity, @Nullable String artifacts) {
        var size = capacity == null ? facts.size() : Math.min(facts.size(), Sizes.kib(capacity));
        var left = artifacts == null ? size : size - Sizes.kib(artifacts);
        return Math.max(0, left) / 2;
    }
}
