package dev.hearth.core.run;

import dev.hearth.api.Reason;
import dev.hearth.core.status.StatusReason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.SequencedSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Decides which waiting runs of a namespace start. Runs of a higher priority come first. Among those of one priority, a
 * pipeline with few active runs comes before a pipeline with many, and an older run before a newer one. A run that has waited
 * for long counts as one of the highest priority. Each limit of the operator includes a lower limit for untrusted runs, so that
 * they cannot use up the slots of trusted runs.
 */
public final class RunQueue {
    private static final Comparator<Entry> OLDEST_FIRST =
            Comparator.comparing(Entry::since).thenComparing(Entry::name);

    /** The place of a waiting run is told as one of these numbers of runs before it, so that its status changes rarely. */
    private static final List<Integer> PLACES = List.of(0, 2, 9, 29, 99);

    private final String namespace;
    private final Limits limits;

    /** Number of active and starting runs, by what a limit counts. */
    private final Map<String, Integer> active = new HashMap<>();

    private final SequencedSet<String> starting = new LinkedHashSet<>();

    /** Number of waiting runs that come before a waiting run, by its name. */
    private final Map<String, Integer> before = new HashMap<>();

    /**
     * How many runs may be active at a time. An active run has started and not finished, whether it has pods or not.
     *
     * @param perNamespace runs of all pipelines of a namespace
     * @param untrustedPerPipeline how many of {@code perPipeline} may be untrusted
     * @param untrustedPerNamespace how many of {@code perNamespace} may be untrusted
     */
    public record Limits(int perPipeline, int perNamespace, int untrustedPerPipeline, int untrustedPerNamespace) {}

    /**
     * A limit that a pipeline sets for its own runs.
     *
     * @param group which of the pipeline's runs it counts; all if it is empty
     * @param field the field of {@code spec.concurrency} that sets it
     */
    public record OwnLimit(String group, int most, String field) {}

    /**
     * An unfinished run, which is active or waits.
     *
     * @param since when it was created, or was allowed to wait for its turn
     */
    public record Entry(
            String pipeline, String name, RunPriority priority, Instant since, boolean active, List<OwnLimit> own) {
        private boolean isUntrusted() {
            return priority == RunPriority.UNTRUSTED;
        }
    }

    /** One limit that applies to a run: how many of which runs, and where that is set. */
    private record Limit(String runs, String owner, int most, String source) {
        String counted() {
            return runs + " of " + owner;
        }

        String reached() {
            var running = most == 1 ? "the active " + runs : "one of the " + most + " active " + runs + "s";
            return "waiting for " + running + " of " + owner + " to finish: the limit is " + source;
        }
    }

    /** @param entries all unfinished runs of the namespace, in any order */
    public RunQueue(String namespace, Limits limits, Collection<Entry> entries, Instant now) {
        this.namespace = namespace;
        this.limits = limits;
        entries.stream().filter(Entry::active).forEach(this::count);
        var byPipeline = entries.stream()
                .filter(Entry::active)
                .collect(Collectors.toMap(Entry::pipeline, _ -> 1, Integer::sum, HashMap::new));
        var waiting = new ArrayList<Entry>();
        inOrder(entries.stream().filter(entry -> !entry.active()).toList(), byPipeline, now, entry -> {
            if (limit(entry).isPresent()) {
                waiting.add(entry);
                return false;
            }
            starting.add(entry.name());
            count(entry);
            return true;
        });
        inOrder(waiting, byPipeline, now, entry -> {
            before.put(entry.name(), before.size());
            return true;
        });
    }

    /** Returns the names of the runs that may start now. */
    public SequencedSet<String> starting() {
        return starting;
    }

    /** Returns what a run waits for, and its place. Empty if it may start or is active. */
    public Optional<StatusReason> wait(Entry run) {
        return run.active() || starting.contains(run.name())
                ? Optional.empty()
                : limit(run)
                        .map(limit -> new StatusReason(
                                Reason.ConcurrencyLimited, limit.reached() + "; " + place(run.name())));
    }

    /**
     * Returns how many waiting runs of the namespace come before a waiting run, in few words. The text of a run changes a few
     * times until it starts, and a run that starts or begins to wait changes the texts of a few others.
     */
    public String place(String run) {
        int runs = before.getOrDefault(run, 0);
        if (runs == 0) {
            return "no waiting run of the namespace comes before it";
        }
        return PLACES.stream()
                .filter(most -> runs <= most)
                .findFirst()
                .map(most -> "at most " + most + " waiting runs of the namespace come before it")
                .orElseGet(() -> "more than " + PLACES.getLast() + " waiting runs of the namespace come before it");
    }

    /** Whether a run waits. */
    public boolean waits(String run) {
        return before.containsKey(run);
    }

    /**
     * Visits runs in the order in which they may start.
     *
     * @param active active runs by pipeline
     * @param starts whether a visited run starts, and counts as active from then on
     */
    private static void inOrder(
            List<Entry> waiting, Map<String, Integer> active, Instant now, Predicate<Entry> starts) {
        var byPriority = waiting.stream()
                .collect(Collectors.groupingBy(entry -> entry.priority().after(Duration.between(entry.since(), now))));
        for (var priority : RunPriority.values()) {
            Map<String, Deque<Entry>> byPipeline = byPriority.getOrDefault(priority, List.of()).stream()
                    .sorted(OLDEST_FIRST)
                    .collect(Collectors.groupingBy(Entry::pipeline, Collectors.toCollection(ArrayDeque::new)));
            // Only the count of a pipeline that is not in this queue changes, so the queue stays in order.
            var pipelines = new PriorityQueue<Deque<Entry>>(Comparator.comparing(
                    Deque::getFirst,
                    Comparator.<Entry>comparingInt(entry -> active.getOrDefault(entry.pipeline(), 0))
                            .thenComparing(OLDEST_FIRST)));
            pipelines.addAll(byPipeline.values());
            for (var next = pipelines.poll(); next != null; next = pipelines.poll()) {
                var entry = next.removeFirst();
                if (starts.test(entry)) {
                    active.merge(entry.pipeline(), 1, Integer::sum);
                }
                if (!next.isEmpty()) {
                    pipelines.add(next);
                }
            }
        }
    }

    /** Returns the first limit that a run has reached. */
    private Optional<Limit> limit(Entry run) {
        return limits(run).stream()
                .filter(limit -> active.getOrDefault(limit.counted(), 0) >= limit.most())
                .findFirst();
    }

    private List<Limit> limits(Entry run) {
        var pipeline = "pipeline " + run.pipeline();
        var all = "namespace " + namespace;
        var result = new ArrayList<Limit>();
        for (var own : run.own()) {
            var owner = own.group().isEmpty() ? pipeline : own.group() + " of " + pipeline;
            result.add(new Limit("run", owner, own.most(), "spec.concurrency." + own.field() + " of the pipeline"));
        }
        result.add(new Limit("run", pipeline, limits.perPipeline(), value("perPipeline")));
        result.add(new Limit("run", all, limits.perNamespace(), value("perNamespace")));
        if (run.isUntrusted()) {
            var runs = "untrusted run";
            result.add(new Limit(runs, pipeline, limits.untrustedPerPipeline(), value("untrustedPerPipeline")));
            result.add(new Limit(runs, all, limits.untrustedPerNamespace(), value("untrustedPerNamespace")));
        }
        return result;
    }

    private static String value(String name) {
        return "runs." + name + " of the Helm chart's values";
    }

    private void count(Entry run) {
        limits(run).stream().map(Limit::counted).distinct().forEach(counted -> active.merge(counted, 1, Integer::sum));
    }
}
