package dev.hearth.core.forge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.core.forge.CommitStatus.State;
import dev.hearth.core.forge.ReportPlan.Shown;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ReportPieceTest {
    private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");
    private static final StepAllowance SOME = StepAllowance.FIRST.at(NOW);
    private static final StepAllowance NONE = SOME.minus(30);
    private static final CommitStatus SUCCESS = new CommitStatus(State.Success, "text");

    @Test
    void resultsComeBeforeStepsOfNewerCommits() {
        var due = IntStream.range(0, 14).mapToObj(ReportPieceTest::result).toList();
        var shown = new HashMap<String, Shown>();
        due.subList(0, 12).forEach(it -> shown.put(it.commit(), withoutSteps(it)));
        var piece = ReportPiece.of(due, shown, SOME);
        assertThat(piece.due()).hasSize(10).startsWith(due.get(12), due.get(13), due.get(0));
        assertThat(piece.steps()).isEqualTo(30);
    }

    @Test
    void stepsWaitForTheResultsOfAllCommits() {
        var due = IntStream.range(0, 11).mapToObj(ReportPieceTest::result).toList();
        assertThat(ReportPiece.of(due, Map.of(), SOME)).isEqualTo(new ReportPiece(due.subList(0, 10), 0));
        var last = Map.of(due.getLast().commit(), withoutSteps(due.getLast()));
        assertThat(ReportPiece.of(due, last, SOME)).isEqualTo(new ReportPiece(due.subList(0, 10), 30));
    }

    @Test
    void commitThatLacksOnlyStepsWaitsForTheNextAllowance() {
        var lacking = result(0);
        var repeated = result(1);
        var shown = Map.of(lacking.commit(), withoutSteps(lacking), repeated.commit(), Shown.of(repeated, null, NOW));
        assertThat(ReportPiece.of(List.of(lacking, repeated), shown, NONE))
                .isEqualTo(new ReportPiece(List.of(repeated), 0));
        assertThat(ReportPiece.of(List.of(lacking), shown, NONE.at(NONE.until())))
                .isEqualTo(new ReportPiece(List.of(lacking), 30));
    }

    @Test
    void allowanceIsForAMinute() {
        assertThat(SOME.minus(10).at(NOW.plusSeconds(59)).left()).isEqualTo(20);
        assertThat(SOME.minus(40).left()).isZero();
        assertThat(NONE.at(NOW.plusSeconds(60))).isEqualTo(new StepAllowance(30, NOW.plusSeconds(120)));
    }

    private static CommitResult result(int number) {
        return new CommitResult(
                "%040d".formatted(number),
                SUCCESS,
                "refs/heads/main",
                Optional.empty(),
                List.of(new StepResult("unit", SUCCESS)),
                List.of(),
                List.of(),
                "target");
    }

    private static Shown withoutSteps(CommitResult result) {
        return new Shown(result.status(), List.of(), result.digest(), false, NOW);
    }
}
