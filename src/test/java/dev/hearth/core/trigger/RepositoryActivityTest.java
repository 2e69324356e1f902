package dev.hearth.core.trigger;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** For how long a repository of which a webhook tells has been quiet. */
class RepositoryActivityTest {
    private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");

    @Test
    void isNotKnownWithoutADelivery() {
        assertThat(activity(null, null).quiet(NOW)).isEmpty();
        assertThat(activity(null, 5).quiet(NOW)).isEmpty();
    }

    @Test
    void isTheTimeSinceTheLastDelivery() {
        assertThat(activity(30, null).quiet(NOW)).contains(Duration.ofMinutes(30));
        assertThat(activity(30, 50).quiet(NOW)).contains(Duration.ofMinutes(30));
    }

    @Test
    void isTheTimeSinceTheChangeThatADeliveryToldOf() {
        assertThat(activity(30, 29).quiet(NOW)).contains(Duration.ofMinutes(29));
    }

    /** The webhook may have been deleted. */
    @Test
    void isNotKnownIfAChangeCameWithoutADelivery() {
        assertThat(activity(30, 5).quiet(NOW)).isEmpty();
    }

    private static RepositoryActivity activity(@Nullable Integer delivery, @Nullable Integer change) {
        return new RepositoryActivity(ago(delivery), ago(change));
    }

    private static @Nullable Instant ago(@Nullable Integer minutes) {
        return minutes == null ? null : NOW.minus(Duration.ofMinutes(minutes));
    }
}
