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
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Scopes in the order in which budgets take them, and which of them may go now that others have gone. */
final class EvictionOrder {
    private static final Comparator<EvictionCandidate> ORDER = Comparator.comparing(
                    (EvictionCandidate scope) -> scope.trust() == Trust.Trusted)
            .thenComparing(EvictionCandidate::lastUsed)
            .thenComparing(EvictionCandidate::id);

    private final List<EvictionCandidate> left;
    private final Set<String> readElsewhere;

    EvictionOrder(Collection<EvictionCandidate> scopes, Set<String> readElsewhere) {
        this.left = new ArrayList<>(scopes.stream().sorted(ORDER).toList());
        this.readElsewhere = readElsewhere;
    }

    List<EvictionCandidate> remaining() {
        return List.copyOf(left);
    }

    /** Takes the first that may go and that is wanted. */
    Optional<EvictionCandidate> take(Predicate<EvictionCandidate> wanted) {
        var taken = removable().filter(wanted).findFirst();
        taken.ifPresent(left::remove);
        return taken;
    }

    /** Takes the first of these that a budget may have. */
    Optional<EvictionCandidate> consume(Predicate<EvictionCandidate> counted) {
        var taken = expendable().filter(counted).findFirst();
        taken.ifPresent(left::remove);
        return taken;
    }

    /** What a budget may have, in its order. */
    Stream<EvictionCandidate> expendable() {
        var newest = newest();
        return removable()
                .filter(scope -> scope.trust() == Trust.Untrusted
                        || (!scope.defaultBranch() && !newest.containsValue(scope.id())));
    }

    boolean isRead(EvictionCandidate scope) {
        return scope.claims().stream().anyMatch(readElsewhere::contains)
                || left.stream()
                        .filter(other -> !other.id().equals(scope.id()))
                        .anyMatch(other -> scope.claims().stream()
                                .anyMatch(claim -> other.reads().contains(claim)));
    }

    long used(Predicate<EvictionCandidate> counted) {
        return left.stream().filter(counted).mapToLong(EvictionCandidate::used).sum();
    }

    private Stream<EvictionCandidate> removable() {
        var read = left.stream()
                .flatMap(scope ->
                        scope.reads().stream().filter(claim -> !scope.claims().contains(claim)))
                .collect(Collectors.toSet());
        read.addAll(readElsewhere);
        return left.stream()
                .filter(scope -> !scope.inUse() && scope.claims().stream().noneMatch(read::contains));
    }

    /** Which scope has the newest trusted generation, by pipeline and platform. */
    private Map<String, String> newest() {
        var holders = new HashMap<String, EvictionCandidate>();
        left.stream()
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
