package dev.hearth.core.buildcache;

import dev.hearth.api.SealedGeneration;
import dev.hearth.api.SealedGeneration.State;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/** Decides the generations of a volume: which candidates become sealed, and which generations are deleted. */
public final class GenerationLifecycle {
    private GenerationLifecycle() {}

    /** The result of a run, which decides about the generation that it sealed. */
    public enum RunResult {
        /** The run may still succeed. */
        Pending,
        Succeeded,
        /** The run failed, was cancelled or was deleted. */
        Failed
    }

    /** Adds a generation to those known, newest first. It replaces one of the same number. */
    public static List<SealedGeneration> add(List<SealedGeneration> known, SealedGeneration sealed) {
        return Stream.concat(Stream.of(sealed), known.stream().filter(it -> it.number() != sealed.number()))
                .sorted(Comparator.comparingInt(SealedGeneration::number).reversed())
                .toList();
    }

    /** Makes the candidates of succeeded runs sealed generations, and removes those of failed runs. */
    public static List<SealedGeneration> settle(List<SealedGeneration> known, Function<String, RunResult> result) {
        return known.stream()
                .flatMap(generation -> switch (generation.state()) {
                    case Sealed, RolledBack, Leaving -> Stream.of(generation);
                    case Candidate ->
                        switch (result.apply(generation.run())) {
                            case Pending -> Stream.of(generation);
                            case Succeeded -> Stream.of(generation.withState(State.Sealed));
                            case Failed -> Stream.<SealedGeneration>empty();
                        };
                })
                .toList();
    }

    /**
     * Decides what becomes of the generations that are neither among the newest nor read by another volume. They are
     * marked as leaving, and removed in a later decision: another volume may just have chosen one of them.
     *
     * @param keep how many of the newest sealed generations to retain
     * @param pinned numbers of generations that another volume or generation needs. Where one is leaving, as the API
     *     server itself shows it after that was recorded
     */
    public static List<SealedGeneration> retain(List<SealedGeneration> known, int keep, Set<Integer> pinned) {
        var newest = known.stream()
                .filter(generation -> generation.state() == State.Sealed)
                .limit(keep)
                .toList();
        return known.stream()
                .flatMap(generation -> {
                    var leaving = generation.state() == State.Leaving;
                    if (generation.state() == State.Candidate || newest.contains(generation)) {
                        return Stream.of(generation);
                    } else if (pinned.contains(generation.number())) {
                        return Stream.of(leaving ? generation.withState(State.RolledBack) : generation);
                    }
                    return leaving ? Stream.empty() : Stream.of(generation.withState(State.Leaving));
                })
                .toList();
    }

    /** Returns the target of a rollback: the sealed generation of that number, or the newest before it; empty if there is none. */
    public static Optional<SealedGeneration> atMost(List<SealedGeneration> known, int number) {
        return known.stream()
                .filter(generation -> generation.state() == State.Sealed && generation.number() <= number)
                .findFirst();
    }

    /** Marks the generations that are newer than a rollback's target, so that no volume uses them as a seed. */
    public static List<SealedGeneration> rollBack(List<SealedGeneration> known, int target) {
        return known.stream()
                .map(generation -> generation.number() > target && generation.state() != State.Leaving
                        ? generation.withState(State.RolledBack)
                        : generation)
                .toList();
    }
}
