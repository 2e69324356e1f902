package dev.hearth.core.retention;

import dev.hearth.api.Trust;
import java.time.Instant;
import java.util.Map;
import java.util.Set;

/**
 * A scope, as far as its stay depends on it.
 *
 * @param used measured content of its volumes, in KiB
 * @param lastUsed when a run last used it, or when it was made
 * @param inUse whether a run has one of its volumes
 * @param refClosed whether the repository no longer has its ref
 * @param defaultBranch whether its ref is the repository's default branch
 * @param claims of its volumes, as namespace/name
 * @param reads claims of other scopes' volumes that its own are made of
 * @param newest when its newest generation of each platform was sealed
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

    /** Its pipeline among those of all namespaces. */
    public String owner() {
        return namespace + "/" + pipeline;
    }

    /** It among the scopes of all namespaces. */
    public String id() {
        return namespace + "/" + name;
    }
}
