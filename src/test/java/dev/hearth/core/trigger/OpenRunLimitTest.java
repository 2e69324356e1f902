package dev.hearth.core.trigger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ApprovalRequest;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.api.PipelineRunStatusBuilder;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How many runs may be started while others have not finished. */
class OpenRunLimitTest {
    private static final String COMMIT = "1".repeat(40);

    @Test
    void pullRequestsDoNotBlockBranchesAndTags() {
        var limit = OpenRunLimit.of(runs(250, "refs/pull/7/head", false).toList());

        assertThat(limit.tryAdd(RefGroup.PULL_REQUESTS)).isFalse();
        assertThat(limit.tryAdd(RefGroup.PUSHED)).isTrue();
    }

    @Test
    void runThatIsAddedCounts() {
        var limit = OpenRunLimit.of(runs(249, "refs/heads/main", false).toList());

        assertThat(limit.tryAdd(RefGroup.PUSHED)).isTrue();
        assertThat(limit.tryAdd(RefGroup.PUSHED)).isFalse();
    }

    @Test
    void runsThatWaitForAnApprovalCountOnceThereAreVeryManyOfThem() {
        var open = runs(249, "refs/pull/7/head", false).toList();

        assertThat(OpenRunLimit.of(with(open, 750)).tryAdd(RefGroup.PULL_REQUESTS))
                .isTrue();
        assertThat(OpenRunLimit.of(with(open, 751)).tryAdd(RefGroup.PULL_REQUESTS))
                .isFalse();
    }

    private static List<PipelineRun> with(List<PipelineRun> open, int unapproved) {
        return Stream.concat(open.stream(), runs(unapproved, "refs/pull/8/head", true))
                .toList();
    }

    private static Stream<PipelineRun> runs(int number, String ref, boolean unapproved) {
        return IntStream.range(0, number).mapToObj(_ -> {
            var run = new PipelineRun();
            run.setSpec(PipelineRunSpec.of("app", ref, COMMIT));
            if (unapproved) {
                run.setStatus(PipelineRunStatusBuilder.builder()
                        .approval(new ApprovalRequest(null, null, List.of()))
                        .build());
            }
            return run;
        });
    }
}
