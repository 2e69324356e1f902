package dev.hearth.pod.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ManagedFieldsEntryBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServerTimesTest {

    @ParameterizedTest
    @CsvSource({
        "2026-01-01T00:05:00Z, 2026-01-01T00:05:00Z",
        "1970-01-01T00:00:00Z, 2026-01-01T00:00:00Z", // a node that is behind
        "2036-01-01T00:00:00Z, 2026-01-01T00:10:00Z", // one that is ahead
    })
    void timeOfANodeIsTakenWithinWhatTheApiServerSaw(Instant told, Instant taken) {
        assertThat(ServerTimes.bound(pod("2026-01-01T00:10:00Z"), told)).isEqualTo(taken);
    }

    @Test
    void timeStandsWhereTheApiServerSaysNothing() {
        var told = Instant.parse("1999-01-01T00:00:00Z");

        assertThat(ServerTimes.bound(
                        new PodBuilder().withNewMetadata().endMetadata().build(), told))
                .isEqualTo(told);
    }

    private static Pod pod(String written) {
        return new PodBuilder()
                .withNewMetadata()
                .withCreationTimestamp("2026-01-01T00:00:00Z")
                .withManagedFields(
                        new ManagedFieldsEntryBuilder()
                                .withTime("2026-01-01T00:00:00Z")
                                .build(),
                        new ManagedFieldsEntryBuilder().withTime(written).build())
                .endMetadata()
                .build();
    }
}
