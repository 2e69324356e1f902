package dev.hearth.core.trigger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.api.SupersededRuns;
import dev.hearth.core.trigger.SupersededRunFinder.Superseded;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SupersededRunFinderTest {
    private static final String OLD = "1".repeat(40);
    private static final String NEW = "2".repeat(40);

    @ParameterizedTest
    @CsvSource({
        "PullRequests, refs/pull/7/head, true",
        "PullRequests, refs/merge-requests/7/head, true",
        "PullRequests, refs/heads/gh-readonly-queue/main/pr-7-c0ffee, true",
        "PullRequests, refs/heads/main, false",
        "PullRequests, refs/tags/v1, false",
        "All, refs/heads/main, true",
        "All, refs/tags/v1, true",
        "None, refs/pull/7/head, false",
    })
    void followsTheRule(SupersededRuns rule, String ref, boolean superseded) {
        var run = run(ref, OLD, false);

        var found = new SupersededRunFinder(rule).find(Map.of(ref, NEW), List.of(run));

        assertThat(found)
                .isEqualTo(
                        superseded
                                ? List.of(new Superseded(run, "superseded by commit 222222222222"))
                                : List.<Superseded>of());
    }

    @Test
    void runOfTheNewestCommitStays() {
        assertThat(find(Map.of("refs/heads/main", OLD), run("refs/heads/main", OLD, false)))
                .isEmpty();
    }

    @Test
    void runOfADeletedRefIsCancelled() {
        assertThat(find(Map.of(), run("refs/heads/topic", OLD, false)))
                .singleElement()
                .returns("superseded, since the ref no longer exists", Superseded::why);
    }

    @Test
    void runThatIsCancelledOrHasNoCommitOfItsOwnStays() {
        assertThat(find(Map.of("refs/heads/main", NEW), run("refs/heads/main", OLD, true)))
                .isEmpty();
        var newest = new PipelineRun();
        newest.setSpec(PipelineRunSpec.of("app", "refs/heads/main", null));
        assertThat(find(Map.of("refs/heads/main", NEW), newest)).isEmpty();
    }

    private static List<Superseded> find(Map<String, String> commits, PipelineRun run) {
        return new SupersededRunFinder(SupersededRuns.All).find(commits, List.of(run));
    }

    private static PipelineRun run(String ref, String commit, boolean cancelled) {
        var run = new PipelineRun();
        run.setSpec(PipelineRunSpec.of("app", ref, commit).withCancel(cancelled));
        return run;
    }
}
