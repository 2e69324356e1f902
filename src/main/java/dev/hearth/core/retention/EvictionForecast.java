package dev.hearth.core.retention;

import dev.hearth.api.RetentionSpec;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Forecasts which cache scopes of a policy are deleted next, and when. */
public final class EvictionForecast {
    private static final int MOST = 10;
    private static final int MOST_PER_CAUSE = 4;

    private final RetentionSpec spec;
    private final Instant now;
    private final EvictionOrder order;

    EvictionForecast(RetentionSpec spec, Instant now, EvictionOrder order) {
        this.spec = spec;
        this.now = now;
        this.order = order;
    }

    /**
     * A scope that may be deleted next.
     *
     * @param when the time, or what must happen first
     */
    public record Prospect(EvictionCandidate scope, EvictionCause cause, String when) {}

    /** Returns each scope at most once: first those that are due but held, then those of budgets, then idle ones. */
    List<Prospect> next() {
        return Stream.of(held(), totalBudget(), pipelineBudgets(), idle())
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
        return order.remaining().stream()
                .flatMap(scope -> scope.due(spec, now).stream()
                        .map(cause -> new Prospect(
                                scope,
                                cause,
                                scope.inUse() ? "once its run has finished" : "once no other volume needs it")))
                .limit(MOST_PER_CAUSE);
    }

    private Stream<Prospect> totalBudget() {
        return Optional.ofNullable(spec.maxTotal()).stream()
                .flatMap(limit -> order.forBudget()
                        .limit(MOST_PER_CAUSE)
                        .map(scope -> new Prospect(
                                scope, EvictionCause.TotalBudget, "once all caches take more than " + limit)));
    }

    private Stream<Prospect> pipelineBudgets() {
        return Optional.ofNullable(spec.maxPerPipeline()).stream()
                .flatMap(limit -> order.owners().stream()
                        .sorted(Comparator.comparingLong((String owner) -> order.used(EvictionOrder.ownedBy(owner)))
                                .reversed())
                        .flatMap(owner -> order.forBudget()
                                .filter(EvictionOrder.ownedBy(owner))
                                .limit(1))
                        .limit(MOST_PER_CAUSE)
                        .map(scope -> new Prospect(
                                scope,
                                EvictionCause.PipelineBudget,
                                "once the caches of its pipeline take more than " + limit)));
    }

    private Stream<Prospect> idle() {
        return order.remaining().stream()
                .filter(scope -> scope.due(spec, now).isEmpty())
                .sorted(Comparator.comparing((EvictionCandidate scope) -> scope.idleAt(spec))
                        .thenComparing(EvictionCandidate::id))
                .limit(MOST)
                .map(scope -> new Prospect(
                        scope, EvictionCause.Idle, scope.idleAt(spec).toString()));
    }
}
