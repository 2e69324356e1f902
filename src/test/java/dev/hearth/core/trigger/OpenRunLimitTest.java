package dev.hearth.core.trigger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ApprovalRequest;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineRunStatusBuilder;
import dev.hearth.api.Reason;
import dev.hearth.core.run.RunStatusFactory;
import dev.hearth.core.status.StatusReason;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How many runs may be started while others have not finished. */
class OpenRunLimitTest {
    private static final String COMMIT = "1".repeat(40);
    private static final PipelineRunStatus UNAPPROVED = PipelineRunStatusBuilder.builder()
            .approval(new ApprovalRequest(null, null, null, List.of()))
            .build();
    private static final PipelineRunStatus DRAFT = RunStatusFactory.waiting(
            PipelineRunStatus.EMPTY, new StatusReason(Reason.PullRequestDraft, "a draft"), 1, Instant.EPOCH);

    @Test
    void pullRequestsDoNotBlockBranchesAndTags() {
        var limit = OpenRunLimit.of(
                runs(250, "refs/pull/7/head", PipelineRunStatus.EMPTY).toList());

        assertThat(limit.tryAdd(RefGroup.PULL_REQUESTS)).isFalse();
        assertThat(limit.tryAdd(RefGroup.PUSHED)).isTrue();
    }

    @Test
    void runThatIsAddedCounts() {
        var limit = OpenRunLimit.of(
                runs(249, "refs/heads/main", PipelineRunStatus.EMPTY).toList());

        assertThat(limit.tryAdd(RefGroup.PUSHED)).isTrue();
        assertThat(limit.tryAdd(RefGroup.PUSHED)).isFalse();
    }

    @Test
    void runsThatWaitForPeopleCountOnceThereAreVeryManyOfThem() {
        var open = runs(249, "refs/pull/7/head", PipelineRunStatus.EMPTY).toList();

        assertThat(OpenRunLimit.of(with(open, 750)).tryAdd(RefGroup.PULL_REQUESTS))
                .isTrue();
        assertThat(OpenRunLimit.of(with(open, 751)).tryAdd(RefGroup.PULL_REQUESTS))
                .isFalse();
    }

    private static List<PipelineRun> with(List<PipelineRun> open, int aside) {
        var drafts = aside / 2;
        return Stream.of(
                        open.stream(),
                        runs(aside - drafts, "refs/pull/8/head", UNAPPROVED),
                        runs(drafts, "refs/pull/9/head", DRAFT))
                .flatMap(Function.identity())
                .toList();
    }

    private static Stream<PipelineRun> runs(int number, String ref, PipelineRunStatus status) {
        return IntStream.range(0, number).mapToObj(_ -> {
            var run = new PipelineRun();
            run.setSpec(PipelineRunSpec.of("app", ref, COMMIT));
            run.setStatus(status);
            return run;
        });
    }
}
