package dev.hearth.core.retention;

import dev.hearth.api.RefClosedAction;
import dev.hearth.api.RetentionSpec;
import dev.hearth.api.Trust;
import dev.hearth.core.text.Durations;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What retention needs to know about a cache scope.
 *
 * @param used measured content of its volumes, in KiB
 * @param lastUsed when a run last used it, or when it was created
 * @param inUse whether a run holds one of its volumes
 * @param refClosed whether the repository no longer has its ref
 * @param defaultBranch whether its ref is the repository's default branch
 * @param claims of its volumes, as namespace/name
 * @param reads claims of other volumes that its volumes or generations need, as namespace/name
 * @param newest when its newest generation of each platform was sealed, by platform
 */
public record EvictionCandidate(
        String namespace,
        String name,
        String pipeline,
        String ref,
        Trust trust,
        long used,
        Instant lastUsed,
        boolean inUse,
        boolean refClosed,
        boolean defaultBranch,
        Set<String> claims,
        Set<String> reads,
        Map<String, Instant> newest) {

    public EvictionCandidate {
        claims = Set.copyOf(claims);
        reads = Set.copyOf(reads);
        newest = Map.copyOf(newest);
    }

    /** Returns why the scope is to be deleted regardless of budgets; empty if it is not. */
    Optional<EvictionCause> due(RetentionSpec spec, Instant now) {
        if (refClosed && spec.whenRefCloses(trust) == RefClosedAction.Delete) {
            return Optional.of(EvictionCause.RefClosed);
        }
        return now.isBefore(idleAt(spec)) ? Optional.empty() : Optional.of(EvictionCause.Idle);
    }

    /** Returns when the scope becomes idle unless a run uses it before. */
    Instant idleAt(RetentionSpec spec) {
        return lastUsed.plus(Durations.parse(spec.idle(trust)));
    }

    /** Returns its pipeline, as namespace/name. */
    public String owner() {
        return namespace + "/" + pipeline;
    }

    /** Returns its namespace/name. */
    public String id() {
        return namespace + "/" + name;
    }
}
