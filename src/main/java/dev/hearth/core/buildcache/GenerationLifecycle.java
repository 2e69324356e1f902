package dev.hearth.core.buildcache;

import dev.hearth.api.SealedGeneration;
import dev.hearth.api.SealedGeneration.State;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/** What becomes of a volume's sealed states: a run's success makes one official, and old ones go that nobody reads. */
public final class GenerationLifecycle {
    private GenerationLifecycle() {}

    /** Where a run stands, as far as its seal is concerned. */
    public enum RunResult {
        /** May still succeed. */
        Open,
        Succeeded,
        /** Failed, was cancelled or is gone. */
        Lost
    }

    /** A generation joins those known, newest first; one of the same number is replaced. */
    public static List<SealedGeneration> add(List<SealedGeneration> known, SealedGeneration sealed) {
        return Stream.concat(Stream.of(sealed), known.stream().filter(it -> it.number() != sealed.number()))
                .sorted(Comparator.comparingInt(SealedGeneration::number).reversed())
                .toList();
    }

    /** Candidates of runs that succeeded are sealed, of runs that did not are dropped. */
    public static List<SealedGeneration> settle(List<SealedGeneration> known, Function<String, RunResult> fate) {
        return known.stream()
                .flatMap(generation -> switch (generation.state()) {
                    case Sealed, RolledBack -> Stream.of(generation);
                    case Candidate ->
                        switch (fate.apply(generation.run())) {
                            case Open -> Stream.of(generation);
                            case Succeeded -> Stream.of(generation.as(State.Sealed));
                            case Lost -> Stream.<SealedGeneration>empty();
                        };
                })
                .toList();
    }

    /**
     * Drops what is neither among the newest nor read by anybody.
     *
     * @param keep how many sealed ones stay in any case
     * @param pinned numbers that somebody reads
     */
    public static List<SealedGeneration> retain(List<SealedGeneration> known, int keep, Set<Integer> pinned) {
        var newest = known.stream()
                .filter(generation -> generation.state() == State.Sealed)
                .limit(keep)
                .toList();
        return known.stream()
                .filter(generation -> generation.state() == State.Candidate
                        || newest.contains(generation)
                        || pinned.contains(generation.number()))
                .toList();
    }

    /** The one that a rollback leads to: of that number, or the newest before it. */
    public static Optional<SealedGeneration> atMost(List<SealedGeneration> known, int number) {
        return known.stream()
                .filter(generation -> generation.state() == State.Sealed && generation.number() <= number)
                .findFirst();
    }

    /** What is newer than a rollback's target is offered to nobody any more. */
    public static List<SealedGeneration> rolledBack(List<SealedGeneration> known, int target) {
        return known.stream()
                .map(generation -> generation.number() > target ? generation.as(State.RolledBack) : generation)
                .toList();
    }
}
