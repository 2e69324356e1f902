package dev.hearth.core.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Condition;
import dev.hearth.api.Reason;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConditionFactoryTest {
    private static final Instant EARLY = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant LATE = EARLY.plusSeconds(60);

    @Test
    void transitionTimeChangesWithTheStatusOnly() {
        var before =
                new ConditionFactory(List.of(), 1, EARLY).reconciling(new StatusReason(Reason.ListingRefs, "looks"));

        var after = new ConditionFactory(before, 2, LATE).ready(new StatusReason(Reason.RefsListed, "follows"));

        assertThat(after)
                .extracting(Condition::type, Condition::status, Condition::lastTransitionTime)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("Ready", "True", LATE.toString()),
                        org.assertj.core.groups.Tuple.tuple("Reconciling", "False", LATE.toString()),
                        org.assertj.core.groups.Tuple.tuple("Stalled", "False", EARLY.toString()));
        assertThat(after)
                .allSatisfy(
                        condition -> assertThat(condition.observedGeneration()).isEqualTo(2));
    }

    @Test
    void neverReadyAndStalledAtOnce() {
        var stalled = new ConditionFactory(List.of(), 1, EARLY)
                .stalled(new StatusReason(Reason.BranchNotFound, "x".repeat(5000)));

        assertThat(stalled).extracting(Condition::status).containsExactly("False", "False", "True");
        assertThat(stalled)
                .allSatisfy(condition -> assertThat(condition.message()).hasSizeLessThanOrEqualTo(1024));
    }
}
