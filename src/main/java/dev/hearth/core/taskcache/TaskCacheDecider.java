package dev.hearth.core.taskcache;

import dev.hearth.api.TaskCacheState;
import dev.hearth.api.TaskCacheState.State;
import dev.hearth.api.TaskCacheVolume;
import dev.hearth.core.taskcache.TaskCacheFacts.DirectoryPod;
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
 * Decides the volume of a scope's directories: what pods have left there, which of it others may start from, since its step
 * succeeded, and what is of no use any more. Nothing is removed by anybody but the next pod on the volume.
 */
public final class TaskCacheDecider {
    /** Runs that a directory may be left out of before nobody is taken to want it. */
    static final int RUNS = 10;

    private final TaskCacheFacts facts;
    private final TaskCacheVolume before;
    private final Map<String, TaskCacheState> states = new LinkedHashMap<>();

    public TaskCacheDecider(TaskCacheFacts facts) {
        this.facts = facts;
        var known = facts.before();
        var same = facts.uid().isPresent() && facts.uid().get().equals(known.uid());
        // A volume that is not the one that was known has nothing of what was on that.
        this.before = same ? known : TaskCacheVolume.unused(known.os(), known.claim());
        before.states().forEach(state -> states.put(state.folder(), state));
    }

    public TaskCacheVolume decide() {
        var writers = facts.pods().stream()
                .filter(pod -> pod.use().claim().equals(before.claim())
                        && facts.uid().equals(Optional.of(pod.use().uid())))
                .filter(this::isNews)
                .sorted(Comparator.comparing(DirectoryPod::created))
                .toList();
        writers.forEach(this::note);
        var ended = writers.stream()
                .filter(pod -> pod.ended().isPresent())
                .sorted(Comparator.comparing(pod -> pod.ended().get()))
                .toList();
        ended.forEach(this::takeIn);
        var usage = ended.stream()
                .flatMap(pod -> pod.report().flatMap(TaskCacheReport::usage).stream())
                .reduce((_, newer) -> newer);
        var runs = runs(writers);
        var capacity = usage.map(it -> Sizes.of(it.capacity())).orElse(before.capacity());
        return new TaskCacheVolume(
                before.os(),
                before.claim(),
                facts.uid().orElse(null),
                usage.map(it -> Sizes.of(it.content())).orElse(before.used()),
                capacity,
                usage.map(it -> Sizes.of(it.free())).orElse(before.free()),
                users(),
                runs,
                accounted(ended),
                new TaskCacheRetention(facts, runs, room(capacity)).retain(settle()));
    }

    /** When something may be removed that a pod might just have been told to read. */
    public static Optional<Duration> nextCheck(TaskCacheVolume decided, Instant now) {
        return TaskCacheRetention.superseded(decided.states())
                .map(newer -> Duration.between(now, newer.plus(TaskCacheRetention.GRACE)))
                .filter(Duration::isPositive)
                .min(Duration::compareTo);
    }

    /** What an ended pod left is taken in once: later it may have been removed, while the pod is still there. */
    private boolean isNews(DirectoryPod pod) {
        var accounted = before.observed();
        return pod.ended().isEmpty()
                || accounted == null
                || pod.ended().get().isAfter(Instant.parse(accounted))
                || pod.use().caches().stream()
                        .map(given -> states.get(given.folder()))
                        .anyMatch(state -> state != null && state.state() == State.Open);
    }

    private void note(DirectoryPod pod) {
        var use = pod.use();
        for (TaskCacheUse.Given given : use.caches()) {
            states.putIfAbsent(
                    given.folder(),
                    new TaskCacheState(
                            given.key(),
                            given.work(),
                            State.Open,
                            given.path(),
                            pod.run(),
                            use.step(),
                            use.attempt(),
                            null,
                            null,
                            pod.created().toString(),
                            null));
        }
        use.reads(before.claim())
                .forEach(folder -> states.computeIfPresent(folder, (_, state) -> state.used(pod.run())));
    }

    private void takeIn(DirectoryPod pod) {
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
                    new TaskCacheState(parts[0], parts[1], State.Outdated, "", "", "", 0, null, null, end, null));
        });
    }

    /** What no live pod writes is as good as its step. */
    private List<TaskCacheState> settle() {
        var live = facts.pods().stream()
                .filter(pod -> pod.ended().isEmpty())
                .flatMap(pod -> pod.use().caches().stream())
                .map(TaskCacheUse.Given::folder)
                .collect(Collectors.toSet());
        return states.values().stream()
                .map(state -> state.state() != State.Open || live.contains(state.folder())
                        ? state
                        : switch (facts.runResult(state.run(), state.step(), state.attempt())) {
                            case Open -> state;
                            case Succeeded ->
                                state.sealed(Objects.requireNonNull(facts.runs().get(state.run()))
                                        .commit());
                            case Lost -> state.as(State.Outdated);
                        })
                .sorted(Comparator.comparing(TaskCacheDecider::at).reversed())
                .toList();
    }

    static Instant at(TaskCacheState state) {
        return state.at() == null ? Instant.EPOCH : Instant.parse(state.at());
    }

    private List<String> users() {
        return facts.pods().stream()
                .filter(pod -> pod.ended().isEmpty())
                .filter(pod -> pod.use().claim().equals(before.claim())
                        || !pod.use().reads(before.claim()).isEmpty())
                .map(DirectoryPod::run)
                .distinct()
                .sorted()
                .toList();
    }

    private List<String> runs(List<DirectoryPod> writers) {
        var runs = new LinkedHashSet<>(before.runs());
        writers.forEach(pod -> runs.add(pod.run()));
        var all = new ArrayList<>(runs);
        return all.subList(Math.max(0, all.size() - RUNS), all.size());
    }

    private @Nullable String accounted(List<DirectoryPod> ended) {
        return Stream.concat(
                        Stream.ofNullable(before.observed()).map(Instant::parse),
                        ended.stream().map(pod -> pod.ended().orElseThrow()))
                .max(Comparator.naturalOrder())
                .map(Instant::toString)
                .orElse(null);
    }

    /** Whatever is kept may be copied once more, so half of the volume is for that. */
    private long room(@Nullable String capacity) {
        var size = capacity == null ? facts.size() : Math.min(facts.size(), Sizes.kib(capacity));
        return size / 2;
    }
}
