package dev.hearth.cluster.storage;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CacheScope;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/** Which policy caches follow: the one that they name, else the default one. */
public final class PolicySelection {
    private PolicySelection() {}

    /** Name of a scope's policy, whether that exists or not; empty where it names none and there is no default one. */
    public static Optional<String> of(CacheScope scope, Stream<CachePolicy> policies) {
        return Optional.ofNullable(scope.getSpec().policy())
                .or(() -> byDefault(policies).map(policy -> policy.getMetadata().getName()));
    }

    /** Of several that say they are the default, the newest, as with storage classes. */
    public static Optional<CachePolicy> byDefault(Stream<CachePolicy> policies) {
        return policies.filter(policy -> policy.getSpec().isDefault())
                .max(Comparator.comparing(
                                (CachePolicy policy) -> policy.getMetadata().getCreationTimestamp())
                        .thenComparing(policy -> policy.getMetadata().getName()));
    }
}
