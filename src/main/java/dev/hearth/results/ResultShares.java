package dev.hearth.results;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Decides whose results go for those of a run. A namespace that is at its limit gives up its own. Where all of them
 * together are too much, the namespace that has the most does, so none loses what is less than an equal share. Results of
 * untrusted runs go first, and never those of a trusted run for an untrusted one's.
 */
final class ResultShares {
    private ResultShares() {}

    /**
     * What is kept of a run.
     *
     * @param since when something of it was first kept
     */
    record Held(RunId run, long bytes, long since, boolean trusted) {}

    /**
     * Whether a run may have so many bytes beside what all other runs have.
     *
     * @param others all other runs, with what they have
     */
    static boolean fits(Map<RunId, Long> others, RunId run, long wanted, StoreLimits limits) {
        return full(others, run, wanted, limits).isEmpty();
    }

    /**
     * The runs whose results go, in this order; empty if there is no room for the new ones.
     *
     * @param others all other runs
     * @param wanted the run, with what it is to have
     */
    static Optional<List<RunId>> make(Collection<Held> others, Held wanted, StoreLimits limits) {
        var left = new ArrayList<>(others);
        var gone = new ArrayList<RunId>();
        for (var full = full(left, wanted, limits); full.isPresent(); full = full(left, wanted, limits)) {
            var next = next(left, full.get(), wanted)
                    .or(() -> next(left, wanted.run().namespace(), wanted));
            if (next.isEmpty()) {
                return Optional.empty();
            }
            left.remove(next.get());
            gone.add(next.get().run());
        }
        return Optional.of(List.copyOf(gone));
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

    /** The namespace that has to give something up. */
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
