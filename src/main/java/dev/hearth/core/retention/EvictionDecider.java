package dev.hearth.core.retention;

import dev.hearth.api.RefClosedAction;
import dev.hearth.api.RetentionSpec;
import dev.hearth.core.text.Durations;
import dev.hearth.core.text.Sizes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Decides which scopes of a policy go. What a run has never goes, nor what others read. A closed ref and an idle scope go
 * by themselves, of any trust; a budget takes the least recently used, untrusted ones first, and never the default
 * branch's scope or one with a pipeline's newest trusted generation.
 *
 * @param now a time that is not ahead of the true one: what goes because of its age goes late rather than early
 */
public record EvictionDecider(RetentionSpec spec, Instant now) {

    /** Why a scope goes. */
    public enum Reason {
        RefClosed(dev.hearth.api.Reason.RefClosed),
        Idle(dev.hearth.api.Reason.Idle),
        PipelineBudget(dev.hearth.api.Reason.PipelineBudget),
        TotalBudget(dev.hearth.api.Reason.TotalBudget);

        private final dev.hearth.api.Reason inStatus;

        Reason(dev.hearth.api.Reason inStatus) {
            this.inStatus = inStatus;
        }

        /** As the status of a policy says it. */
        public dev.hearth.api.Reason inStatus() {
            return inStatus;
        }
    }

    /** A scope that goes. */
    public record Eviction(EvictionCandidate scope, Reason reason) {}

    /** A scope that may be next, and a time or what has to happen first. */
    public record Prospect(EvictionCandidate scope, Reason reason, String when) {}

    /**
     * What becomes of a policy's scopes.
     *
     * @param evictions in an order in which none goes before those that read it
     * @param excess what is over a limit although all went that may; empty if nothing is
     */
    public record Decision(List<Eviction> evictions, List<Prospect> next, Optional<String> excess) {}

    /**
     * What goes of these.
     *
     * @param readElsewhere claims, as namespace/name, that scopes of other policies read
     */
    public Decision decide(Collection<EvictionCandidate> scopes, Set<String> readElsewhere) {
        var pool = new EvictionOrder(scopes, readElsewhere);
        var evictions = new ArrayList<Eviction>();
        for (var due = takeDue(pool); due.isPresent(); due = takeDue(pool)) {
            evictions.add(due.get());
        }
        for (String owner : owners(scopes)) {
            shrink(pool, isOf(owner), spec.maxPerPipeline(), Reason.PipelineBudget, evictions);
        }
        shrink(pool, _ -> true, spec.maxTotal(), Reason.TotalBudget, evictions);
        return new Decision(List.copyOf(evictions), new EvictionForecast(this, pool).next(), excess(pool));
    }

    /** Why a scope is to go once it may, whatever the budgets. */
    Optional<Reason> due(EvictionCandidate scope) {
        if (scope.refClosed() && spec.whenRefCloses(scope.trust()) == RefClosedAction.Delete) {
            return Optional.of(Reason.RefClosed);
        }
        return now.isBefore(idleAt(scope)) ? Optional.empty() : Optional.of(Reason.Idle);
    }

    /** From when on a scope is idle, unless it is used again. */
    Instant idleAt(EvictionCandidate scope) {
        return scope.lastUsed().plus(Durations.parse(spec.idle(scope.trust())));
    }

    static Set<String> owners(Collection<EvictionCandidate> scopes) {
        return scopes.stream().map(EvictionCandidate::owner).collect(Collectors.toCollection(TreeSet::new));
    }

    static Predicate<EvictionCandidate> isOf(String owner) {
        return scope -> scope.owner().equals(owner);
    }

    private Optional<Eviction> takeDue(EvictionOrder pool) {
        return pool.take(scope -> due(scope).isPresent())
                .map(scope -> new Eviction(scope, due(scope).orElseThrow()));
    }

    private static void shrink(
            EvictionOrder pool,
            Predicate<EvictionCandidate> counted,
            @Nullable String limit,
            Reason reason,
            List<Eviction> evictions) {
        if (limit == null) {
            return;
        }
        var most = Sizes.kib(limit);
        var used = pool.used(counted);
        while (used > most) {
            var taken = pool.consume(counted);
            if (taken.isEmpty()) {
                return;
            }
            used -= taken.get().used();
            evictions.add(new Eviction(taken.get(), reason));
        }
    }

    private Optional<String> excess(EvictionOrder pool) {
        var pipelines = owners(pool.remaining()).stream()
                .flatMap(owner -> excess("caches of " + owner, pool.used(isOf(owner)), "maxPerPipeline"));
        return Stream.concat(excess("caches", pool.used(_ -> true), "maxTotal"), pipelines)
                .findFirst();
    }

    private Stream<String> excess(String whose, long used, String field) {
        var limit = field.equals("maxTotal") ? spec.maxTotal() : spec.maxPerPipeline();
        return limit == null || used <= Sizes.kib(limit)
                ? Stream.empty()
                : Stream.of(whose + " come to " + Sizes.of(used) + ", more than spec.retention." + field + ", " + limit
                        + ", and none that is left may go: each is in use, read by others, a default branch's or with a"
                        + " pipeline's newest generation; raise " + field);
    }
}
