package dev.hearth.core.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ApprovalRequest;
import dev.hearth.api.ConcurrencyGroup;
import dev.hearth.api.ConcurrencyGroupBuilder;
import dev.hearth.api.ConcurrencySpec;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineRunStatusBuilder;
import dev.hearth.api.Reason;
import dev.hearth.api.SupersededRuns;
import dev.hearth.api.Trust;
import dev.hearth.core.Specs;
import dev.hearth.core.run.RunQueue.OwnLimit;
import dev.hearth.core.status.StatusReason;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What the spec of a pipeline says about the turns of its runs. */
class QueueRulesTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final StatusReason TURN = new StatusReason(Reason.ConcurrencyLimited, "waiting");
    private static final ConcurrencyGroup DEPLOY = group("deploy", List.of("main"), List.of("v*"), false, 1);
    private static final ConcurrencyGroup PER_BRANCH = group("branches", List.of("**"), List.of(), true, 2);

    @ParameterizedTest
    @CsvSource({
        "refs/heads/main, URGENT",
        "refs/heads/gh-readonly-queue/main/pr-7-c0ffee, URGENT",
        "refs/heads/release/1, TRUSTED",
        "refs/heads/topic, UNTRUSTED",
        "refs/pull/7/head, UNTRUSTED"
    })
    void priorityFollowsTheRef(String ref, RunPriority priority) {
        assertThat(rules(null).entry(run(ref), false, NOW).priority()).isEqualTo(priority);
    }

    @Test
    void trustInTheStatusCountsMoreThanThePresentSpec() {
        var run = run("refs/heads/main");
        run.setStatus(PipelineRunStatusBuilder.builder().trust(Trust.Untrusted).build());

        assertThat(rules(null).entry(run, false, NOW).priority()).isEqualTo(RunPriority.UNTRUSTED);
    }

    @Test
    void ageCountsFromTheCreation() {
        var run = run("refs/pull/7/head");
        run.setStatus(RunStatusFactory.waiting(PipelineRunStatus.EMPTY, TURN, 1, NOW));

        assertThat(rules(null).entry(run, false, NOW.plusSeconds(9)).since()).isEqualTo(run.createdAt());
    }

    @ParameterizedTest
    @EnumSource(names = {"PullRequestDraft", "SkippedLabels", "ApprovalRequired"})
    void ageOfARunThatWasHeldUpCountsFromItsFirstTurn(Reason reason) {
        var run = run("refs/pull/7/head");
        run.setStatus(aside(reason, NOW));
        assertThat(since(run, NOW.plusSeconds(9))).isEqualTo(NOW.plusSeconds(9));

        // It may start, and what it waits for changes.
        run.setStatus(RunStatusFactory.waiting(run.getStatus(), TURN, 1, NOW.plusSeconds(10)));
        run.setStatus(RunStatusFactory.waiting(run.getStatus(), TURN, 1, NOW.plusSeconds(20)));
        assertThat(since(run, NOW.plusSeconds(30))).isEqualTo(NOW.plusSeconds(10));

        // It is held up again.
        run.setStatus(RunStatusFactory.waiting(
                run.getStatus(), new StatusReason(Reason.PullRequestDraft, "a draft"), 1, NOW.plusSeconds(40)));
        run.setStatus(RunStatusFactory.waiting(run.getStatus(), TURN, 1, NOW.plusSeconds(50)));
        assertThat(since(run, NOW.plusSeconds(60))).isEqualTo(NOW.plusSeconds(50));
    }

    private static PipelineRunStatus aside(Reason reason, Instant now) {
        var why = new StatusReason(reason, "waiting");
        return reason == Reason.ApprovalRequired
                ? RunStatusFactory.waitingForApproval(
                        PipelineRunStatus.EMPTY,
                        why,
                        new ApprovalRequest("bob", "d".repeat(64), null, List.of()),
                        1,
                        now)
                : RunStatusFactory.waiting(PipelineRunStatus.EMPTY, why, 1, now);
    }

    private static Instant since(PipelineRun run, Instant now) {
        return rules(null).entry(run, false, now).since();
    }

    @Test
    void runOfNoPipelineIsUntrusted() {
        assertThat(QueueRules.ofNoPipeline().entry(run("refs/heads/main"), true, NOW))
                .returns(RunPriority.UNTRUSTED, RunQueue.Entry::priority)
                .returns(List.of(), RunQueue.Entry::own);
    }

    @Test
    void runBelongsToTheFirstGroupThatSelectsItsRef() {
        assertThat(limits("refs/tags/v1", DEPLOY, PER_BRANCH))
                .containsExactly(new OwnLimit("group deploy", 1, "groups"));
        assertThat(limits("refs/heads/main", DEPLOY, PER_BRANCH))
                .containsExactly(new OwnLimit("group deploy", 1, "groups"));
        assertThat(limits("refs/heads/topic", DEPLOY, PER_BRANCH))
                .containsExactly(new OwnLimit("group branches at refs/heads/topic", 2, "groups"));
        assertThat(limits("refs/pull/7/head", DEPLOY, PER_BRANCH)).isEmpty();
    }

    @Test
    void limitOfThePipelineAppliesToAllItsRuns() {
        assertThat(rules(3, DEPLOY).entry(run("refs/tags/v1"), false, NOW).own())
                .containsExactly(new OwnLimit("group deploy", 1, "groups"), new OwnLimit("", 3, "maxRuns"));
    }

    private static List<OwnLimit> limits(String ref, ConcurrencyGroup... groups) {
        return rules(null, groups).entry(run(ref), false, NOW).own();
    }

    private static QueueRules rules(@Nullable Integer maxRuns, ConcurrencyGroup... groups) {
        var spec = Specs.pipeline(List.of(), List.of())
                .withConcurrency(new ConcurrencySpec(SupersededRuns.None, maxRuns, List.of(groups)));
        return QueueRules.of(spec, "refs/heads/main");
    }

    private static ConcurrencyGroup group(
            String name, List<String> branches, List<String> tags, boolean perRef, int maxRuns) {
        return ConcurrencyGroupBuilder.builder()
                .name(name)
                .pullRequests(false)
                .perRef(perRef)
                .maxRuns(maxRuns)
                .branches(branches)
                .tags(tags)
                .build();
    }

    private static PipelineRun run(String ref) {
        var run = new PipelineRun();
        run.getMetadata().setName("run");
        run.getMetadata().setCreationTimestamp("2026-06-01T00:00:00Z");
        run.setSpec(PipelineRunSpec.of("app", ref, "1".repeat(40)));
        return run;
    }
}
