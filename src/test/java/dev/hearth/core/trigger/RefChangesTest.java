package dev.hearth.core.trigger;

import static dev.hearth.core.Specs.triggers;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class RefChangesTest {
    private static final Map<String, String> REFS = Map.of(
            "refs/heads/main", "a1",
            "refs/heads/release/1", "b1",
            "refs/heads/feature/x/y", "c1",
            "refs/tags/v1", "d1",
            "refs/pull/7/head", "e1");

    @Test
    void firstLookStartsBranchesAndTagsButNoPullRequestThatIsThereAlready() {
        var changes =
                RefChanges.between(Optional.empty(), REFS, triggers(List.of("main", "release/*"), List.of("v*"), true));

        assertThat(changes.starts())
                .extracting(start -> start.ref().name())
                .containsExactly("refs/heads/main", "refs/heads/release/1", "refs/tags/v1");
        assertThat(changes.ledger().commits()).containsKey("refs/pull/7/head");
        assertThat(changes.problem()).isEmpty();
    }

    @Test
    void laterLookStartsWhatMoved() {
        var before = Optional.of(new RefLedger(Map.of("refs/heads/main", "a0", "refs/pull/7/head", "e0")));

        var changes = RefChanges.between(before, REFS, triggers(List.of("main"), List.of(), true));

        assertThat(changes.starts()).extracting(RefChanges.Start::commit).containsExactly("a1", "e1");
    }

    @Test
    void nothingMovedStartsNothing() {
        var triggers = triggers(List.of("**"), List.of("*"), true);
        var first = RefChanges.between(Optional.empty(), REFS, triggers);

        assertThat(RefChanges.between(Optional.of(first.ledger()), REFS, triggers)
                        .starts())
                .isEmpty();
    }

    @Test
    void namesABranchThatIsNotThere() {
        var changes = RefChanges.between(Optional.empty(), REFS, triggers(List.of("mian"), List.of(), false));

        assertThat(changes.problem())
                .hasValueSatisfying(problem ->
                        assertThat(problem.message()).contains("mian", "it has feature/x/y, main, release/1"));
    }

    @Test
    void globThatMatchesNothingIsNoMistake() {
        assertThat(RefChanges.between(Optional.empty(), REFS, triggers(List.of("hotfix/*"), List.of(), false))
                        .problem())
                .isEmpty();
    }

    @Property
    void noPatternAndNoRefBreaksTheLook(@ForAll String pattern, @ForAll String branch) {
        var refs = Map.of("refs/heads/" + branch, "a1");

        var changes = RefChanges.between(Optional.empty(), refs, triggers(List.of(pattern), List.of(), true));

        assertThat(changes.starts().size()).isLessThanOrEqualTo(1);
    }

    @Test
    void ledgerReadsWhatItWrote() {
        var ledger = new RefLedger(REFS);

        assertThat(RefLedger.parse(ledger.format())).isEqualTo(ledger);
    }
}
