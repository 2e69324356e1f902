package dev.hearth.results;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Decides which results are deleted to make space for a run. If the run's namespace is at its limit, its own results are
 * deleted. If all results together are at the limit, those of the largest namespace are deleted, so no namespace loses its
 * equal share. Results of untrusted runs are deleted first. Results of trusted runs are never deleted for an untrusted run.
 */
final class ResultShares {
    private ResultShares() {}

    /**
     * The stored results of a run.
     *
     * @param bytes their size
     * @param since when the first of them was stored, in milliseconds since the epoch
     */
    record Held(RunId run, long bytes, long since, boolean trusted) {}

    /**
     * Whether a run may store so many bytes without deleting results of other runs.
     *
     * @param others sizes of all other runs
     */
    static boolean fits(Map<RunId, Long> others, RunId run, long wanted, StoreLimits limits) {
        return full(others, run, wanted, limits).isEmpty();
    }

    /**
     * Returns the runs whose results are to be deleted, in this order. Empty if that cannot make enough space.
     *
     * @param others all other runs
     * @param wanted the run, with the size that it is to have
     */
    static Optional<List<RunId>> makeSpace(Collection<Held> others, Held wanted, StoreLimits limits) {
        var remaining = new ArrayList<>(others);
        var deleted = new ArrayList<RunId>();
        for (var full = full(remaining, wanted, limits); full.isPresent(); full = full(remaining, wanted, limits)) {
            var next = next(remaining, full.get(), wanted)
                    .or(() -> next(remaining, wanted.run().namespace(), wanted));
            if (next.isEmpty()) {
                return Optional.empty();
            }
            remaining.remove(next.get());
            deleted.add(next.get().run());
        }
        return Optional.of(List.copyOf(deleted));
    }

    private static Optional<Held> next(Collection<Held> others, String namespace, Held wanted) {
        return others.stream()
                .filter(it -> it.bytes() > 0 && it.run().namespace().equals(namespace))
                .filter(it -> wanted.trusted() || !it.trusted())
                .min(Comparator.comparing(Held::trusted).thenComparingLong(Held::since));
    }

    private static Optional<String> full(Collection<Held> others, Held wanted, StoreLimits limits) {
        var sizes = others.stream().collect(Collectors.toMap(Held::run, Held::bytes, Long::sum));
        return full(sizes, wanted.run(), wanted.bytes(), limits);
    }

    /** Returns the namespace whose results must be reduced; empty if all limits are met. */
    private static Optional<String> full(Map<RunId, Long> others, RunId run, long wanted, StoreLimits limits) {
        Map<String, Long> used = others.entrySet().stream()
                .collect(Collectors.groupingBy(
                        it -> it.getKey().namespace(), Collectors.summingLong(Map.Entry::getValue)));
        var own = run.namespace();
        used.merge(own, wanted, Long::sum);
        if (used.getOrDefault(own, 0L) > limits.namespace()) {
            return Optional.of(own);
        }
        return used.values().stream().mapToLong(Long::longValue).sum() > limits.total()
                ? used.entrySet().stream()
                        .max(Map.Entry.<String, Long>comparingByValue()
                                .thenComparing(entry -> entry.getKey().equals(own))
                                .thenComparing(Map.Entry::getKey))
                        .map(Map.Entry::getKey)
                : Optional.empty();
    }
}
