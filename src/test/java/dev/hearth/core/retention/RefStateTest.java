package dev.hearth.core.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.core.retention.RefState.Observation;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RefStateTest {
    private static final String MAIN = "refs/heads/main";
    private static final String PULL = "refs/pull/1/head";
    private static final Instant CREATED = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant START = Instant.parse("2026-01-02T00:00:00Z");
    private static final RefState OPEN = new RefState(Optional.empty(), false);

    @Test
    void missingRefIsClosedSinceTheFirstObservationWithoutIt() {
        var closed = OPEN.after(observation(START, MAIN), PULL, CREATED);

        assertThat(closed.closedSince()).hasValue(START);
        assertThat(closed.after(observation(START.plusSeconds(60), MAIN), PULL, CREATED)
                        .closedSince())
                .hasValue(START);
    }

    @Test
    void invalidTimeIsClearedOnceTheRefIsObserved() {
        var invalid = RefState.parse("yesterday", false);

        assertThat(invalid.closedSince()).hasValue(Instant.EPOCH);
        assertThat(invalid.after(observation(START), PULL, CREATED)).isEqualTo(invalid);
        assertThat(invalid.after(observation(START, MAIN, PULL), PULL, CREATED)).isEqualTo(OPEN);
    }

    @Test
    void refThatExistsAgainIsOpen() {
        var closed = OPEN.after(observation(START, MAIN), PULL, CREATED);

        assertThat(closed.after(observation(START.plusSeconds(60), MAIN, PULL), PULL, CREATED))
                .isEqualTo(OPEN);
    }

    @Test
    void emptyRepositoryChangesNothing() {
        var closed = new RefState(Optional.of(CREATED), false);

        assertThat(OPEN.after(observation(START), PULL, CREATED).closedSince()).isEmpty();
        assertThat(closed.after(observation(START), PULL, CREATED).closedSince())
                .hasValue(CREATED);
    }

    @Test
    void refThatWasNotRequestedDoesNotChange() {
        var observation = Observation.at(Set.of(MAIN), Set.of(MAIN), MAIN, START);

        assertThat(OPEN.after(observation, PULL, CREATED).closedSince()).isEmpty();
    }

    @Test
    void scopeThatIsNewerThanTheObservationDoesNotChange() {
        assertThat(OPEN.after(observation(START, MAIN), PULL, START.plusSeconds(1))
                        .closedSince())
                .isEmpty();
    }

    @Test
    void refOfAnUnfollowedKindIsNeverClosed() {
        assertThat(OPEN.after(observation(START, MAIN), "refs/notes/x", CREATED).closedSince())
                .isEmpty();
    }

    @Test
    void defaultBranchIsTheBranchOfHead() {
        assertThat(OPEN.after(observation(START, MAIN, PULL), MAIN, CREATED).defaultBranch())
                .isTrue();
        assertThat(OPEN.after(observation(START, MAIN, PULL), PULL, CREATED).defaultBranch())
                .isFalse();
    }

    @Test
    void scopeOfAnotherRepositoryIsClosedAndNotTheDefaultBranch() {
        var abandoned = new RefState(Optional.empty(), true).abandoned(observation(START, MAIN), CREATED);

        assertThat(abandoned).isEqualTo(new RefState(Optional.of(START), false));
        assertThat(abandoned.abandoned(observation(START.plusSeconds(60), MAIN), CREATED))
                .isEqualTo(abandoned);
        assertThat(OPEN.abandoned(observation(START, MAIN), START.plusSeconds(1)))
                .isEqualTo(OPEN);
        assertThat(abandoned.after(observation(START, MAIN), MAIN, CREATED).closedSince())
                .isEmpty();
    }

    private static Observation observation(Instant start, String... refs) {
        return Observation.at(Set.of(refs), Set.of(MAIN, PULL, "refs/notes/x"), MAIN, start);
    }
}
