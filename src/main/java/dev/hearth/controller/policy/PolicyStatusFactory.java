package dev.hearth.controller.policy;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CachePolicyStatus;
import dev.hearth.api.CachePolicyStatus.Candidate;
import dev.hearth.api.CachePolicyStatus.Evicted;
import dev.hearth.api.Condition;
import dev.hearth.core.retention.EvictionCandidate;
import dev.hearth.core.retention.EvictionDecider.Decision;
import dev.hearth.core.retention.EvictionDecider.Eviction;
import dev.hearth.core.text.Sizes;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Sums up what a policy's scopes come to, what it has done to them and what it would do next.
 *
 * @param left scopes that are still there
 * @param provisioned what their claims ask of storage, in KiB
 * @param done what went this time
 */
record PolicyStatusFactory(
        CachePolicy policy,
        Collection<EvictionCandidate> left,
        long provisioned,
        Decision decision,
        List<Eviction> done) {
    private static final int MOST = 10;

    CachePolicyStatus with(List<Condition> conditions, Instant now) {
        var before = Optional.ofNullable(policy.getStatus());
        var at = now.truncatedTo(ChronoUnit.SECONDS).toString();
        var latest = done.stream()
                .map(eviction -> new Evicted(
                        eviction.scope().namespace(),
                        eviction.scope().pipeline(),
                        eviction.scope().ref(),
                        eviction.cause().reason().name(),
                        Sizes.of(eviction.scope().used()),
                        at))
                .toList()
                .reversed();
        return new CachePolicyStatus(
                policy.getMetadata().getGeneration(),
                Sizes.of(left.stream().mapToLong(EvictionCandidate::used).sum()),
                policy.getSpec().retention().maxTotal(),
                left.size(),
                Sizes.of(provisioned),
                before.map(CachePolicyStatus::evictions).orElse(0L) + done.size(),
                Stream.concat(latest.stream(), before.map(CachePolicyStatus::lastEvictions).orElse(List.of()).stream())
                        .limit(MOST)
                        .toList(),
                decision.next().stream()
                        .map(next -> new Candidate(
                                next.scope().namespace(),
                                next.scope().pipeline(),
                                next.scope().ref(),
                                next.cause().reason().name(),
                                next.when()))
                        .toList(),
                conditions);
    }
}
