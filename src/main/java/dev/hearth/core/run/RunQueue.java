package dev.hearth.core.run;

import dev.hearth.api.Reason;
import dev.hearth.api.Trust;
import dev.hearth.core.status.StatusReason;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;

/**
 * Decides which runs of a namespace start, out of those that wait. A pipeline with few active runs goes before one with many,
 * within a pipeline a trusted run before others, and of equals the oldest. Runs of refs that are not trusted have a limit of
 * their own below each limit, so that they never take the places that trusted ones need.
 */
public final class RunQueue {
    private final String namespace;
    private final Limits limits;
    private final Map<String, Integer> active = new HashMap<>();
    private final Map<String, Integer> untrusted = new HashMap<>();
    private final SequencedSet<String> starting = new LinkedHashSet<>();

    /**
     * Runs that may be active at a time. One that is active has not finished, whether it has pods or not.
     *
     * @param perNamespace of all pipelines of a namespace
     * @param untrustedPerPipeline of these, for refs that are not trusted
     * @param untrustedPerNamespace of these, for refs that are not trusted
     */
    public record Limits(int perPipeline, int perNamespace, int untrustedPerPipeline, int untrustedPerNamespace) {}

    /** A run that has not finished: it is active, or waits. */
    public record Entry(String pipeline, String name, Trust trust, Instant created, boolean active) {}

    /** @param entries all unfinished runs of the namespace, in any order */
    public RunQueue(String namespace, Limits limits, Collection<Entry> entries) {
        this.namespace = namespace;
        this.limits = limits;
        entries.stream().filter(Entry::active).forEach(this::count);
        var waiting = entries.stream()
                .filter(entry -> !entry.active())
                .sorted(Comparator.comparing(Entry::trust)
                        .thenComparing(Entry::created)
                        .thenComparing(Entry::name))
                .toList();
        for (var next = next(waiting); next.isPresent(); next = next(waiting)) {
            starting.add(next.get().name());
            count(next.get());
        }
    }

    /** Names of the runs that may start now. */
    public SequencedSet<String> starting() {
        return starting;
    }

    /** What a run waits for; empty if it may start, or is active. */
    public Optional<StatusReason> wait(Entry run) {
        return run.active() || starting.contains(run.name())
                ? Optional.empty()
                : limit(run).map(why -> new StatusReason(Reason.ConcurrencyLimited, why));
    }

    private Optional<Entry> next(List<Entry> waiting) {
        return waiting.stream()
                .filter(entry ->
                        !starting.contains(entry.name()) && limit(entry).isEmpty())
                .min(Comparator.comparingInt(entry -> of(active, entry.pipeline())));
    }

    private Optional<String> limit(Entry run) {
        var pipeline = "pipeline " + run.pipeline();
        var all = "namespace " + namespace;
        if (of(active, run.pipeline()) >= limits.perPipeline()) {
            return reached(pipeline, "", limits.perPipeline(), "perPipeline");
        }
        if (sum(active) >= limits.perNamespace()) {
            return reached(all, "", limits.perNamespace(), "perNamespace");
        }
        if (run.trust() == Trust.Trusted) {
            return Optional.empty();
        }
        var others = " of refs that are not trusted";
        if (of(untrusted, run.pipeline()) >= limits.untrustedPerPipeline()) {
            return reached(pipeline, others, limits.untrustedPerPipeline(), "untrustedPerPipeline");
        }
        return sum(untrusted) >= limits.untrustedPerNamespace()
                ? reached(all, others, limits.untrustedPerNamespace(), "untrustedPerNamespace")
                : Optional.empty();
    }

    /** Without the number of those that wait too, which changes all the time: a status that says it would be written as often. */
    private static Optional<String> reached(String of, String which, int limit, String value) {
        return Optional.of("waits for one of the " + limit + " active runs" + which + " of " + of
                + " to end: the limit is runs." + value + " of the Helm chart's values");
    }

    private void count(Entry entry) {
        active.merge(entry.pipeline(), 1, Integer::sum);
        if (entry.trust() == Trust.Untrusted) {
            untrusted.merge(entry.pipeline(), 1, Integer::sum);
        }
    }

    private static int of(Map<String, Integer> counts, String pipeline) {
        return counts.getOrDefault(pipeline, 0);
    }

    private static int sum(Map<String, Integer> counts) {
        return counts.values().stream().mapToInt(Integer::intValue).sum();
    }
}
