package dev.hearth.core.forge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ApprovalRequestBuilder;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.PipelineRunStatusBuilder;
import dev.hearth.api.RunApproval;
import dev.hearth.core.approval.CommentCommand;
import dev.hearth.core.trigger.ButtonPress;
import dev.hearth.core.trigger.ButtonPress.Button;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** For which runs buttons and comments are. */
class CommandTargetsTest {
    private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");
    private static final String COMMIT = "1".repeat(40);
    private static final String OTHER = "2".repeat(40);
    private static final String PULL = "refs/pull/7/head";
    private static final Map<String, String> COMMITS = Map.of(PULL, COMMIT);
    private static final PipelineRunStatus WAITING = PipelineRunStatusBuilder.builder()
            .phase(Phase.Pending)
            .approval(ApprovalRequestBuilder.builder().digest("d1").build())
            .build();
    private static final PipelineRunStatus RUNNING =
            PipelineRunStatusBuilder.builder().phase(Phase.Running).build();

    @Test
    void newestRunOfEachRefIsRunAgain() {
        var older = run("a", PULL, COMMIT, ended(Phase.Failed), 1);
        var newer = run("b", PULL, COMMIT, ended(Phase.Succeeded), 2);
        var main = run("c", "refs/heads/main", COMMIT, ended(Phase.Failed), 3);
        var commits = Map.of(PULL, COMMIT, "refs/heads/main", OTHER);
        assertThat(ButtonTargets.of(press(Button.RunAgain), List.of(older, newer, main), commits))
                .as("main has moved on")
                .containsExactly(newer);
        assertThat(ButtonTargets.of(press(Button.RunAgain), List.of(older, newer, main), null))
                .containsExactly(main, newer);
        assertThat(ButtonTargets.of(press(Button.RunAgain), List.of(run("a", PULL, COMMIT, RUNNING, 1)), COMMITS))
                .isEmpty();
        assertThat(ButtonTargets.of(
                        press(Button.RunAgain), List.of(run("a", PULL, OTHER, ended(Phase.Failed), 1)), COMMITS))
                .isEmpty();
    }

    @Test
    void supersededRunIsNotRunAgain() {
        var superseded = run("a", PULL, COMMIT, ended(Phase.Cancelled), 1);
        superseded.setSpec(
                superseded.getSpec().withCancel(true).withCancelReason("superseded, since the ref no longer exists"));
        assertThat(ButtonTargets.of(press(Button.RunAllAgain), List.of(superseded), COMMITS))
                .isEmpty();
    }

    @Test
    void pressCountsOnce() {
        var run = run("a", PULL, COMMIT, ended(Phase.Failed), 1);
        note(run, Button.RunAgain.annotation(), "4");
        assertThat(ButtonTargets.of(press(Button.RunAgain), List.of(run), COMMITS))
                .isEmpty();
        note(run, Button.RunAgain.annotation(), "3");
        assertThat(ButtonTargets.of(press(Button.RunAgain), List.of(run), COMMITS))
                .containsExactly(run);
        note(run, Button.RunAgain.annotation(), "no number");
        assertThat(ButtonTargets.of(press(Button.RunAgain), List.of(run), COMMITS))
                .containsExactly(run);
    }

    @Test
    void approvalIsForARunThatWaitsForIt() {
        var run = run("a", PULL, COMMIT, WAITING, 1);
        assertThat(ButtonTargets.of(press(Button.Approve), List.of(run), null)).containsExactly(run);
        run.setSpec(run.getSpec().withApproval(new RunApproval(COMMIT, "d1", "ada")));
        assertThat(ButtonTargets.of(press(Button.Approve), List.of(run), null)).isEmpty();
        run.setSpec(run.getSpec().withApproval(new RunApproval(COMMIT, "d0", "ada")));
        assertThat(ButtonTargets.of(press(Button.Approve), List.of(run), null))
                .as("what was approved has changed")
                .containsExactly(run);
        run.setStatus(RUNNING);
        assertThat(ButtonTargets.of(press(Button.Approve), List.of(run), null)).isEmpty();
    }

    @Test
    void commentsOfPresentCommitsOfPullRequestsAreRead() {
        var run = run("a", PULL, COMMIT, RUNNING, 1);
        var branch = run("b", "refs/heads/main", COMMIT, RUNNING, 2);
        var moved = run("c", "refs/pull/8/head", COMMIT, RUNNING, 3);
        var commits = Map.of(PULL, COMMIT, "refs/heads/main", COMMIT, "refs/pull/8/head", OTHER);
        assertThat(CommentTargets.of(List.of(run, branch, moved), commits, 0, NOW))
                .containsExactly(run);
        for (Phase phase : List.of(Phase.Failed, Phase.Cancelled, Phase.Skipped)) {
            run.setStatus(ended(phase));
            assertThat(CommentTargets.of(List.of(run), commits, 0, NOW)).hasSize(1);
            assertThat(CommentTargets.of(List.of(run), commits, 0, NOW.plus(Duration.ofDays(2))))
                    .isEmpty();
        }
        run.setStatus(ended(Phase.Succeeded));
        assertThat(CommentTargets.of(List.of(run), commits, 0, NOW)).isEmpty();
    }

    @Test
    void allPullRequestsHaveTheirTurn() {
        var commits = new HashMap<String, String>();
        var runs = IntStream.range(0, 23)
                .mapToObj(i -> {
                    var ref = "refs/pull/" + i + "/head";
                    commits.put(ref, COMMIT);
                    return run("run" + i, ref, COMMIT, RUNNING, i);
                })
                .toList();
        var seen = new TreeSet<String>();
        for (int look = 0; look < 4; look++) {
            var read = CommentTargets.of(runs, commits, look, NOW);
            assertThat(read).hasSize(10);
            assertThat(read.subList(0, 5)).isEqualTo(runs.subList(18, 23).reversed());
            read.forEach(run -> seen.add(run.name()));
        }
        assertThat(seen).hasSize(23);
    }

    @Test
    void commandAppliesToWhatItIsFor() {
        var retest = new CommentCommand.Retest();
        var cancel = new CommentCommand.Cancel();
        var approve = new CommentCommand.Approve(COMMIT);
        var run = run("a", PULL, COMMIT, WAITING, 0);
        assertThat(CommentTargets.applies(approve, run, NOW.minusSeconds(9))).isTrue();
        assertThat(CommentTargets.applies(new CommentCommand.Approve(OTHER), run, NOW))
                .isFalse();
        assertThat(CommentTargets.applies(retest, run, NOW)).isFalse();
        assertThat(CommentTargets.applies(cancel, run, NOW)).isTrue();
        assertThat(CommentTargets.applies(cancel, run, NOW.minusSeconds(9)))
                .as("it was about an earlier run")
                .isFalse();
        run.setStatus(ended(Phase.Failed));
        assertThat(CommentTargets.applies(approve, run, NOW)).isFalse();
        assertThat(CommentTargets.applies(retest, run, NOW)).isTrue();
        assertThat(CommentTargets.applies(retest, run, NOW.minusSeconds(9))).isFalse();
        assertThat(CommentTargets.applies(cancel, run, NOW)).isFalse();
    }

    private static ButtonPress press(Button button) {
        return new ButtonPress(button, COMMIT, "ada", "7", 4);
    }

    private static PipelineRunStatus ended(Phase phase) {
        return PipelineRunStatusBuilder.builder()
                .phase(phase)
                .finishedAt(NOW.toString())
                .build();
    }

    private static void note(PipelineRun run, String annotation, String value) {
        run.getMetadata().setAnnotations(Map.of(annotation, value));
    }

    private static PipelineRun run(String name, String ref, String commit, PipelineRunStatus status, int age) {
        var run = new PipelineRun();
        run.getMetadata().setName(name);
        run.getMetadata().setCreationTimestamp(NOW.plusSeconds(age).toString());
        run.setSpec(PipelineRunSpec.of("app", ref, commit));
        run.setStatus(status);
        return run;
    }
}
