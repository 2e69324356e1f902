package dev.hearth.core.retention;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CachePolicyStatus;
import dev.hearth.api.CachePolicyStatus.Candidate;
import dev.hearth.api.CachePolicyStatus.Evicted;
import dev.hearth.api.CachePolicyStatusBuilder;
import dev.hearth.api.Condition;
import dev.hearth.api.Reason;
import dev.hearth.core.retention.EvictionDecider.Decision;
import dev.hearth.core.retention.EvictionDecider.Eviction;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.Sizes;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Creates the status of a cache policy.
 *
 * @param left scopes of the policy that were not evicted
 * @param provisioned storage that the claims of these scopes request, in KiB
 * @param done evictions of this reconciliation
 */
public record PolicyStatusFactory(
        CachePolicy policy,
        Collection<EvictionCandidate> left,
        long provisioned,
        Decision decision,
        List<Eviction> done) {
    private static final int LAST_EVICTIONS = 10;
    private static final Duration TOLERATED_SKEW = Duration.ofMinutes(5);

    public CachePolicyStatus create(List<Condition> conditions, Instant now) {
        var recorded = Optional.ofNullable(policy.getStatus());
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
        return CachePolicyStatusBuilder.builder()
                .observedGeneration(policy.generation())
                .used(Sizes.of(left.stream().mapToLong(EvictionCandidate::used).sum()))
                .limit(policy.getSpec().retention().maxTotal())
                .scopes(left.size())
                .provisioned(Sizes.of(provisioned))
                .evictions(recorded.map(CachePolicyStatus::evictions).orElse(0L) + done.size())
                .lastEvictions(Stream.concat(
                                latest.stream(),
                                recorded.map(CachePolicyStatus::lastEvictions).orElse(List.of()).stream())
                        .limit(LAST_EVICTIONS)
                        .toList())
                .nextEvictions(decision.next().stream()
                        .map(next -> new Candidate(
                                next.scope().namespace(),
                                next.scope().pipeline(),
                                next.scope().ref(),
                                next.cause().reason().name(),
                                next.when()))
                        .toList())
                .conditions(conditions)
                .build();
    }

    /**
     * Returns the reason of the condition ClockSkewed. Empty if the operator's clock is right. The amount is rounded,
     * so that the message stays the same while the skew does.
     *
     * @param ahead how far the operator's clock is ahead of the API server's
     */
    public static Optional<StatusReason> clockSkew(Duration ahead) {
        if (ahead.abs().compareTo(TOLERATED_SKEW) <= 0) {
            return Optional.empty();
        }
        var minutes = Math.round(ahead.abs().toSeconds() / 60.0);
        var amount = minutes < 120 ? minutes + " minutes" : minutes / 60 + " hours";
        return Optional.of(new StatusReason(
                Reason.ClockSkewed,
                "the operator's clock is " + amount + (ahead.isNegative() ? " behind" : " ahead of")
                        + " the API server's: set the time of their nodes. Until then the earlier of the two counts, so that"
                        + " nothing is deleted early"));
    }
}
