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
 * Decides which waiting runs of a namespace start. A pipeline with few active runs comes before a pipeline with many; within
 * a pipeline, trusted runs come before untrusted runs, and older runs before newer runs. Each limit includes a lower limit
 * for untrusted runs, so that they cannot use up the slots of trusted runs.
 */
public final class RunQueue {
    private final String namespace;
    private final Limits limits;
    private final Map<String, Integer> active = new HashMap<>();
    private final Map<String, Integer> untrusted = new HashMap<>();
    private final SequencedSet<String> starting = new LinkedHashSet<>();

    /**
     * How many runs may be active at a time. An active run has started and not finished, whether it has pods or not.
     *
     * @param perNamespace runs of all pipelines of a namespace
     * @param untrustedPerPipeline how many of {@code perPipeline} may be untrusted
     * @param untrustedPerNamespace how many of {@code perNamespace} may be untrusted
     */
    public record Limits(int perPipeline, int perNamespace, int untrustedPerPipeline, int untrustedPerNamespace) {}

    /** An unfinished run, which is active or waits. */
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

    /** Returns the names of the runs that may start now. */
    public SequencedSet<String> starting() {
        return starting;
    }

    /** Returns what a run waits for. Empty if it may start or is active. */
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
        var kind = "untrusted ";
        if (of(untrusted, run.pipeline()) >= limits.untrustedPerPipeline()) {
            return reached(pipeline, kind, limits.untrustedPerPipeline(), "untrustedPerPipeline");
        }
        return sum(untrusted) >= limits.untrustedPerNamespace()
                ? reached(all, kind, limits.untrustedPerNamespace(), "untrustedPerNamespace")
                : Optional.empty();
    }

    /** Does not mention how many other runs wait, so that the status does not change with that number. */
    private static Optional<String> reached(String owner, String kind, int limit, String value) {
        return Optional.of("waiting for one of the " + limit + " active " + kind + "runs of " + owner
                + " to finish: the limit is runs." + value + " of the Helm chart's values");
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
