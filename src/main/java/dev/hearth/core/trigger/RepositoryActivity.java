package dev.hearth.core.trigger;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the last change of a repository.
 *
 * @param lastDelivery when the last webhook delivery was received; null if there was none
 * @param lastChange when a listing last found a new commit; null if none has since the operator started
 */
public record RepositoryActivity(
        @Nullable Instant lastDelivery, @Nullable Instant lastChange) {
    /** The change that a delivery tells of is listed within this time: the forge may show it late, or the operator be busy. */
    private static final Duration TOLD = Duration.ofMinutes(2);

    /**
     * Returns for how long the repository has been quiet. Empty if that is not known, because no webhook has told of the last
     * change.
     */
    public Optional<Duration> quiet(Instant now) {
        if (lastDelivery == null || (lastChange != null && lastChange.isAfter(lastDelivery.plus(TOLD)))) {
            return Optional.empty();
        }
        var last = lastChange != null && lastChange.isAfter(lastDelivery) ? lastChange : lastDelivery;
        return Optional.of(Duration.between(last, now)).filter(quiet -> !quiet.isNegative());
    }
}
