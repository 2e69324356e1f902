package dev.hearth.core.retention;

import dev.hearth.core.retention.EvictionDecider.Prospect;
import dev.hearth.core.retention.EvictionDecider.Reason;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What retention would do next: what is due and held, what a budget would take, what is idle soonest. */
record EvictionForecast(EvictionDecider retention, EvictionOrder pool) {
    private static final int MOST = 10;
    private static final int MOST_OF_A_BUDGET = 4;

    /** Each scope once, by what comes first of these. */
    List<Prospect> next() {
        return Stream.of(held(), ofTotal(), ofPipelines(), idle())
                .flatMap(Function.identity())
                .collect(Collectors.toMap(
                        prospect -> prospect.scope().id(),
                        Function.identity(),
                        (first, _) -> first,
                        LinkedHashMap::new))
                .values()
                .stream()
                .limit(MOST)
                .toList();
    }

    private Stream<Prospect> held() {
        return pool.remaining().stream()
                .flatMap(scope -> retention.due(scope).stream().map(reason -> new Prospect(scope, reason, free(scope))))
                .limit(MOST_OF_A_BUDGET);
    }

    private String free(EvictionCandidate scope) {
        return scope.inUse() ? "once its run has ended" : "once no other volume starts from it";
    }

    private Stream<Prospect> ofTotal() {
        return Optional.ofNullable(retention.spec().maxTotal()).stream()
                .flatMap(limit -> pool.expendable()
                        .limit(MOST_OF_A_BUDGET)
                        .map(scope ->
                                new Prospect(scope, Reason.TotalBudget, "once all caches come to more than " + limit)));
    }

    private Stream<Prospect> ofPipelines() {
        return Optional.ofNullable(retention.spec().maxPerPipeline()).stream()
                .flatMap(limit -> EvictionDecider.owners(pool.remaining()).stream()
                        .sorted(Comparator.comparingLong((String owner) -> pool.used(EvictionDecider.isOf(owner)))
                                .reversed())
                        .flatMap(owner -> pool.expendable()
                                .filter(EvictionDecider.isOf(owner))
                                .limit(1))
                        .limit(MOST_OF_A_BUDGET)
                        .map(scope -> new Prospect(
                                scope,
                                Reason.PipelineBudget,
                                "once the caches of its pipeline come to more than " + limit)));
    }

    private Stream<Prospect> idle() {
        return pool.remaining().stream()
                .filter(scope -> retention.due(scope).isEmpty())
                .sorted(Comparator.comparing(retention::idleAt).thenComparing(EvictionCandidate::id))
                .limit(MOST)
                .map(scope ->
                        new Prospect(scope, Reason.Idle, retention.idleAt(scope).toString()));
    }
}
