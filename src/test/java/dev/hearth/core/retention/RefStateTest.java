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
    private static final Instant MADE = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant BEGUN = Instant.parse("2026-01-02T00:00:00Z");
    private static final RefState OPEN = new RefState(Optional.empty(), false);

    @Test
    void refThatIsGoneIsClosedSinceTheFirstLookWithoutIt() {
        var closed = OPEN.after(look(BEGUN, MAIN), PULL, MADE);

        assertThat(closed.closedSince()).hasValue(BEGUN);
        assertThat(closed.after(look(BEGUN.plusSeconds(60), MAIN), PULL, MADE).closedSince())
                .hasValue(BEGUN);
    }

    @Test
    void aMarkThatIsNoTimeGoesWithTheNextLookThatFindsTheRef() {
        var odd = RefState.written(Optional.of("yesterday"), false);

        assertThat(odd.after(look(BEGUN), PULL, MADE)).isEqualTo(odd);
        assertThat(odd.after(look(BEGUN, MAIN, PULL), PULL, MADE)).isEqualTo(OPEN);
    }

    @Test
    void refThatIsBackIsOpen() {
        var closed = OPEN.after(look(BEGUN, MAIN), PULL, MADE);

        assertThat(closed.after(look(BEGUN.plusSeconds(60), MAIN, PULL), PULL, MADE))
                .isEqualTo(OPEN);
    }

    @Test
    void emptyRepositoryClosesAndOpensNothing() {
        var closed = new RefState(Optional.of(MADE), false);

        assertThat(OPEN.after(look(BEGUN), PULL, MADE).closedSince()).isEmpty();
        assertThat(closed.after(look(BEGUN), PULL, MADE).closedSince()).hasValue(MADE);
    }

    @Test
    void refThatWasNotAskedForIsNotJudged() {
        var look = Observation.at(Set.of(MAIN), Set.of(MAIN), Optional.of(MAIN), BEGUN);

        assertThat(OPEN.after(look, PULL, MADE).closedSince()).isEmpty();
    }

    @Test
    void scopeMadeAfterTheLookIsNotJudgedByIt() {
        assertThat(OPEN.after(look(BEGUN, MAIN), PULL, BEGUN.plusSeconds(1)).closedSince())
                .isEmpty();
    }

    @Test
    void refOfNoKindThatIsFollowedIsNeverClosed() {
        assertThat(OPEN.after(look(BEGUN, MAIN), "refs/notes/x", MADE).closedSince())
                .isEmpty();
    }

    @Test
    void defaultBranchIsTheOneOfHead() {
        assertThat(OPEN.after(look(BEGUN, MAIN, PULL), MAIN, MADE).defaultBranch())
                .isTrue();
        assertThat(OPEN.after(look(BEGUN, MAIN, PULL), PULL, MADE).defaultBranch())
                .isFalse();
    }

    @Test
    void scopeOfAnotherRepositoryIsClosedAndNoDefaultBranch() {
        var marks = new RefState(Optional.empty(), true).abandoned(look(BEGUN, MAIN), MADE);

        assertThat(marks).isEqualTo(new RefState(Optional.of(BEGUN), false));
        assertThat(marks.abandoned(look(BEGUN.plusSeconds(60), MAIN), MADE)).isEqualTo(marks);
        assertThat(OPEN.abandoned(look(BEGUN, MAIN), BEGUN.plusSeconds(1))).isEqualTo(OPEN);
        assertThat(marks.after(look(BEGUN, MAIN), MAIN, MADE).closedSince()).isEmpty();
    }

    private static Observation look(Instant begun, String... refs) {
        return Observation.at(Set.of(refs), Set.of(MAIN, PULL, "refs/notes/x"), Optional.of(MAIN), begun);
    }
}
