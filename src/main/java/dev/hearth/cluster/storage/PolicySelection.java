package dev.hearth.cluster.storage;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CacheScope;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/** Selects the policy of a cache scope: the one that it names, or else the default policy. */
public final class PolicySelection {
    private PolicySelection() {}

    /**
     * Returns the name of a scope's policy, even if it does not exist. Empty if the scope names none and there is no
     * default.
     */
    public static Optional<String> of(CacheScope scope, Stream<CachePolicy> policies) {
        return Optional.ofNullable(scope.getSpec().policy())
                .or(() -> byDefault(policies).map(policy -> policy.getMetadata().getName()));
    }

    /** Returns the default policy: the newest of several, as with StorageClasses. */
    public static Optional<CachePolicy> byDefault(Stream<CachePolicy> policies) {
        return policies.filter(policy -> policy.getSpec().isDefault())
                .max(Comparator.comparing(
                                (CachePolicy policy) -> policy.getMetadata().getCreationTimestamp())
                        .thenComparing(policy -> policy.getMetadata().getName()));
    }
}
