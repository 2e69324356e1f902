package dev.hearth.core.retention;

import dev.hearth.api.Trust;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The remaining scopes of a policy in the order in which budgets delete them. Knows which of them may be deleted now: taking
 * one scope can make those deletable whose volumes it needs.
 */
final class EvictionOrder {
    private static final Comparator<EvictionCandidate> ORDER = Comparator.comparing(
                    (EvictionCandidate scope) -> scope.trust() == Trust.Trusted)
            .thenComparing(EvictionCandidate::lastUsed)
            .thenComparing(EvictionCandidate::id);

    private final List<EvictionCandidate> remaining;
    private final Set<String> readElsewhere;

    EvictionOrder(Collection<EvictionCandidate> scopes, Set<String> readElsewhere) {
        this.remaining = new ArrayList<>(scopes.stream().sorted(ORDER).toList());
        this.readElsewhere = readElsewhere;
    }

    List<EvictionCandidate> remaining() {
        return List.copyOf(remaining);
    }

    /** Returns the pipelines of the remaining scopes, as namespace/name. */
    SortedSet<String> owners() {
        return remaining.stream().map(EvictionCandidate::owner).collect(Collectors.toCollection(TreeSet::new));
    }

    static Predicate<EvictionCandidate> ownedBy(String owner) {
        return scope -> scope.owner().equals(owner);
    }

    /** Takes the first matching scope that may be deleted. */
    Optional<EvictionCandidate> take(Predicate<EvictionCandidate> wanted) {
        var taken = removable().filter(wanted).findFirst();
        taken.ifPresent(remaining::remove);
        return taken;
    }

    /** Takes the first matching scope that a budget may delete. */
    Optional<EvictionCandidate> takeForBudget(Predicate<EvictionCandidate> wanted) {
        var taken = forBudget().filter(wanted).findFirst();
        taken.ifPresent(remaining::remove);
        return taken;
    }

    /** Returns the scopes that a budget may delete, in its order. */
    Stream<EvictionCandidate> forBudget() {
        var newest = newest();
        return removable()
                .filter(scope -> scope.trust() == Trust.Untrusted
                        || (!scope.defaultBranch() && !newest.containsValue(scope.id())));
    }

    /** Returns the size of the matching scopes, in KiB. */
    long used(Predicate<EvictionCandidate> counted) {
        return remaining.stream()
                .filter(counted)
                .mapToLong(EvictionCandidate::used)
                .sum();
    }

    private Stream<EvictionCandidate> removable() {
        var read = remaining.stream()
                .flatMap(scope ->
                        scope.reads().stream().filter(claim -> !scope.claims().contains(claim)))
                .collect(Collectors.toSet());
        read.addAll(readElsewhere);
        return remaining.stream()
                .filter(scope -> !scope.inUse() && scope.claims().stream().noneMatch(read::contains));
    }

    /** Returns the ids of the scopes with the newest trusted generation, by pipeline and platform. */
    private Map<String, String> newest() {
        var holders = new HashMap<String, EvictionCandidate>();
        remaining.stream()
                .filter(scope -> scope.trust() == Trust.Trusted)
                .forEach(scope -> scope.newest()
                        .keySet()
                        .forEach(platform -> holders.merge(
                                scope.owner() + " " + platform,
                                scope,
                                (one, other) -> one.newest()
                                                .getOrDefault(platform, Instant.MIN)
                                                .isBefore(other.newest().getOrDefault(platform, Instant.MIN))
                                        ? other
                                        : one)));
        return holders.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().id()));
    }
}
