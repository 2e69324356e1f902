package dev.hearth.core.retention;

import dev.hearth.api.RetentionSpec;
import dev.hearth.core.retention.EvictionForecast.Prospect;
import dev.hearth.core.text.Sizes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Decides which cache scopes of a policy are deleted. A scope that a run uses or another volume needs is never deleted.
 * Scopes of closed refs and idle scopes are deleted whatever their trust. A budget deletes the least recently used scopes,
 * untrusted ones first, but never the default branch's scope or one with a pipeline's newest trusted generation.
 *
 * @param now a time that is not ahead of the true time, so that no scope is deleted too early
 */
public record EvictionDecider(RetentionSpec spec, Instant now) {

    /** A scope to delete. */
    public record Eviction(EvictionCandidate scope, EvictionCause cause) {}

    /**
     * The decision about a policy's scopes.
     *
     * @param evictions in an order in which a scope comes after those that need it
     * @param next scopes that may be deleted next
     * @param excess which limit is exceeded although no further scope may be deleted; empty if none is
     */
    public record Decision(List<Eviction> evictions, List<Prospect> next, Optional<String> excess) {}

    /**
     * Decides about all scopes of the policy.
     *
     * @param readElsewhere claims, as namespace/name, that scopes of other policies need
     */
    public Decision decide(Collection<EvictionCandidate> scopes, Set<String> readElsewhere) {
        var order = new EvictionOrder(scopes, readElsewhere);
        var evictions = new ArrayList<Eviction>();
        for (var due = takeDue(order); due.isPresent(); due = takeDue(order)) {
            evictions.add(due.get());
        }
        for (String owner : order.owners()) {
            enforce(
                    spec.maxPerPipeline(),
                    EvictionCause.PipelineBudget,
                    EvictionOrder.ownedBy(owner),
                    order,
                    evictions);
        }
        enforce(spec.maxTotal(), EvictionCause.TotalBudget, _ -> true, order, evictions);
        return new Decision(List.copyOf(evictions), new EvictionForecast(spec, now, order).next(), excess(order));
    }

    private Optional<Eviction> takeDue(EvictionOrder order) {
        return order.take(scope -> scope.due(spec, now).isPresent())
                .map(scope -> new Eviction(scope, scope.due(spec, now).orElseThrow()));
    }

    private static void enforce(
            @Nullable String limit,
            EvictionCause cause,
            Predicate<EvictionCandidate> counted,
            EvictionOrder order,
            List<Eviction> evictions) {
        if (limit == null) {
            return;
        }
        var most = Sizes.kib(limit);
        var used = order.used(counted);
        while (used > most) {
            var taken = order.takeForBudget(counted);
            if (taken.isEmpty()) {
                return;
            }
            used -= taken.get().used();
            evictions.add(new Eviction(taken.get(), cause));
        }
    }

    private Optional<String> excess(EvictionOrder order) {
        var total = excess("caches", order.used(_ -> true), spec.maxTotal(), "maxTotal");
        var pipelines = order.owners().stream()
                .flatMap(owner -> excess(
                        "caches of " + owner,
                        order.used(EvictionOrder.ownedBy(owner)),
                        spec.maxPerPipeline(),
                        "maxPerPipeline"));
        return Stream.concat(total, pipelines).findFirst();
    }

    private static Stream<String> excess(String caches, long used, @Nullable String limit, String field) {
        return limit == null || used <= Sizes.kib(limit)
                ? Stream.empty()
                : Stream.of(caches + " take " + Sizes.of(used) + ", more than spec.retention." + field + ", " + limit
                        + ", but none of them may be deleted: each is in use, is needed by another volume, belongs to the"
                        + " default branch or has the newest generation of its pipeline; raise spec.retention."
                        + field);
    }
}
