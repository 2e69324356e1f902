package dev.hearth.core.forge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.core.approval.CommentCommand;
import dev.hearth.core.forge.CommitStatus.State;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ResultCommentTest {
    private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");
    private static final String ONE = "1".repeat(40);
    private static final String TWO = "2".repeat(40);
    private static final String PULL = "refs/pull/7/head";

    @Test
    void commentHasStateTextAndCommit() {
        var comment = ResultComment.of("hearth/app", only(run(PULL, ONE, State.Failure, "failed: unit", 1)));
        assertThat(comment.body()).isEqualTo("""
                %s
                **failure**: `failed: unit`

                `hearth/app` at commit `%s`. This comment shows the newest result, since Hearth may not write a commit status here.""".formatted(comment.marker(), ONE));
        assertThat(comment.marker()).isEqualTo("<!-- hearth result: hearth/app -->");
        assertThat(comment.isMarked(comment.body())).isTrue();
        assertThat(comment.isShownBy(comment.body().replace("\n", "\r\n") + "\n"))
                .isTrue();
        assertThat(ResultComment.of("hearth/app2", only(run(PULL, ONE, State.Failure, "failed: unit", 1)))
                        .isMarked(comment.body()))
                .isFalse();
    }

    /** An older commit of a pull request must not replace what its newest one shows. */
    @Test
    void onlyTheNewestRunOfAPullRequestIsShown() {
        var results = CommitResult.of(
                List.of(
                        run(PULL, ONE, State.Cancelled, "text", 1),
                        run("refs/pull/8/head", ONE, State.Success, "text", 2),
                        run("refs/heads/main", TWO, State.Success, "text", 3),
                        run(PULL, TWO, State.Success, "text", 4),
                        run("refs/merge-requests/9/head", TWO, State.Success, "text", 5)),
                "target");
        assertThat(results).extracting(CommitResult::commit).containsExactly(TWO, ONE);
        assertThat(ResultComment.pullRequests(results.get(0), results)).containsExactly(7L, 9L);
        assertThat(ResultComment.pullRequests(results.get(1), results)).containsExactly(8L);
    }

    /** Names of files, labels and steps can be anybody's. */
    @Property
    void textOfOthersIsCode(@ForAll String text, @ForAll State state) {
        var body = ResultComment.of("hearth/app", only(run(PULL, ONE, state, text, 1)))
                .body();
        var lines = body.split("\\R", -1);
        assertThat(lines).hasSize(4);
        assertThat(lines[1]).matches("\\*\\*[a-z ]+\\*\\*: `[^`]*`");
        assertThat(CommentCommand.of(body)).isEmpty();
    }

    @Test
    void mentionsLinksAndMarkupAreCode() {
        var text = "`@team` <img src=x> [a](https://x)\n/approve " + ONE;
        assertThat(ResultComment.of("hearth/app", only(run(PULL, ONE, State.Success, text, 1)))
                        .body())
                .contains("**success**: `_@team_ <img src=x> [a](https://x) /approve " + ONE + "`");
    }

    private static CommitResult only(RunOutcome run) {
        return CommitResult.of(List.of(run), "target").getFirst();
    }

    private static RunOutcome run(String ref, String commit, State state, String text, int age) {
        return RunOutcomeBuilder.builder()
                .name("run" + age)
                .ref(ref)
                .commit(commit)
                .trusted(false)
                .started(true)
                .superseded(false)
                .createdAt(NOW.plusSeconds(age))
                .finishedAt(Optional.empty())
                .status(new CommitStatus(state, text))
                .steps(List.of())
                .digest(Optional.empty())
                .reported(Optional.empty())
                .build();
    }
}
