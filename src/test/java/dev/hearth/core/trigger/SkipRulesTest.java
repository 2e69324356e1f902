package dev.hearth.core.trigger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Comparison;
import dev.hearth.api.DefinitionStatus;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineRunStatusBuilder;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.Reason;
import dev.hearth.api.Trust;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.run.RunStatusFactory;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.trigger.SkipRules.Changes;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SkipRulesTest {
    private static final String COMMIT = "1".repeat(40);
    private static final GitRef MAIN = GitRef.of("refs/heads/main");
    private static final GitRef TAG = GitRef.of("refs/tags/v1");
    private static final GitRef PULL = GitRef.of("refs/pull/7/head");
    private static final GitRef OTHER = GitRef.of("refs/changes/7");

    private static SkipRules rules(String yaml) {
        return SkipRules.of(spec(yaml, ""));
    }

    private static PipelineSpec spec(String triggers, String more) {
        return Serialization.unmarshal(
                "source: {url: 'https://git.example/app.git'}\ntriggers: {" + triggers + "}\n" + more,
                PipelineSpec.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "onlyPaths: [src/**]             | src/a/b.c      | true",
                "onlyPaths: [src/**]             | docs/src/a     | false",
                "onlyPaths: [src/]               | src/a/b.c      | true",
                "onlyPaths: [src/]               | src            | false",
                "onlyPaths: ['*.c']              | deep/er/x.c    | true",
                "ignorePaths: [docs/]            | docs/a/b.md    | false",
                "ignorePaths: [docs/]            | a/docs/b.md    | false",
                "ignorePaths: [/docs/]           | a/docs/b.md    | true",
                "ignorePaths: ['*.md', '!A.md']  | A.md           | true",
                "ignorePaths: ['*.md', '!A.md']  | B.md           | false",
                "ignorePaths: ['/*', '!/src/']   | src/a/b.c      | true",
                "ignorePaths: ['/*', '!/src/']   | docs/a         | false",
                "ignorePaths: ['/*', '!/src/']   | a              | false",
                "onlyPaths: ['/*', '!/docs/']    | docs/a         | false",
                "onlyPaths: ['/*', '!/docs/']    | src/a          | true",
                "ignorePaths: ['*.md'], onlyPaths: [src/] | src/B.md | false",
                "ignorePaths: ['*.md'], onlyPaths: [src/] | src/B.c  | true",
                "ignorePaths: ['*.md'], onlyPaths: [src/] | B.c      | false",
            })
    void patternsSayWhichFilesCount(String yaml, String path, boolean counts) {
        assertThat(rules(yaml).counts(path, false)).isEqualTo(counts);
    }

    @Test
    void definitionAlwaysCounts() {
        var rules = SkipRules.of(spec("ignorePaths: ['**']", "definition: {path: .hearth/pipeline.yaml}"));
        assertThat(rules.counts(".hearth/pipeline.yaml", false)).isTrue();
        assertThat(rules.counts(".hearth/other.yaml", false)).isFalse();
        assertThat(rules("ignorePaths: ['**']").counts(".hearth/pipeline.yaml", false))
                .isFalse();
    }

    @Test
    void onlyWhatADefinitionCanSetMayDiffer() {
        var steps = "tasks: [{name: unit, image: busybox, command: ['true']}]";
        assertThat(SkipRules.didSame(run(spec("", steps), null), spec("", steps)))
                .isTrue();
        assertThat(SkipRules.didSame(run(spec("", "timeout: 1h\n" + steps), null), spec("", steps)))
                .isFalse();
        var present = spec("", "definition: {path: a.yaml}");
        assertThat(SkipRules.didSame(run(spec("", "timeout: 1h\n" + steps), used("a.yaml", COMMIT)), present))
                .isTrue();
        assertThat(SkipRules.didSame(run(spec("branches: [x]", steps), used("a.yaml", COMMIT)), present))
                .isFalse();
        assertThat(SkipRules.didSame(run(spec("", steps), used("b.yaml", COMMIT)), present))
                .isFalse();
        assertThat(SkipRules.didSame(run(spec("", steps), used("a.yaml", "2".repeat(40))), present))
                .as("a run with the file of its base")
                .isFalse();
        assertThat(SkipRules.didSame(run(spec("", steps), null), present)).isFalse();
        assertThat(SkipRules.didSame(run(spec("", steps), used("a.yaml", COMMIT)), spec("", steps)))
                .isFalse();
        assertThat(SkipRules.didSame(PipelineRunStatus.EMPTY, present)).isFalse();
    }

    private static DefinitionStatus used(String path, String commit) {
        return new DefinitionStatus(path, commit, null);
    }

    private static PipelineRunStatus run(PipelineSpec recorded, @Nullable DefinitionStatus definition) {
        return PipelineRunStatusBuilder.builder()
                .commit(COMMIT)
                .pipelineSpec(recorded)
                .definition(definition)
                .build();
    }

    @Test
    void submoduleIsADirectory() {
        assertThat(rules("onlyPaths: [libs/foo/]").counts("libs/foo", true)).isTrue();
        assertThat(rules("onlyPaths: [libs/foo/]").counts("libs/foo", false)).isFalse();
    }

    @Test
    void tagsAndUnknownRefsAreNeverSkipped() {
        var rules = rules("onlyPaths: [src/**], skipMessages: ['[skip ci]'],"
                + " pullRequests: {enabled: true, drafts: Wait, onlyLabels: [ok]}");
        for (GitRef ref : List.of(TAG, OTHER)) {
            assertThat(rules.readsPaths(ref)).isFalse();
            assertThat(rules.readsMessage(ref, Trust.Trusted)).isFalse();
            assertThat(rules.readsPullRequest(ref)).isFalse();
        }
        assertThat(rules.readsPullRequest(PULL)).isTrue();
        assertThat(rules.readsPullRequest(MAIN)).isFalse();
        assertThat(rules.readsPaths(MAIN)).isTrue();
        assertThat(rules.readsPaths(PULL)).isTrue();
    }

    @Test
    void whoeverWritesAMessageOfAnUntrustedRefSkipsNothing() {
        var rules = rules("skipMessages: ['[skip ci]']");
        assertThat(rules.readsMessage(MAIN, Trust.Trusted)).isTrue();
        assertThat(rules.readsMessage(MAIN, Trust.Untrusted)).isFalse();
        assertThat(rules.readsMessage(PULL, Trust.Untrusted)).isFalse();
        assertThat(rules.ofMessage("Fix\n\n[Skip CI] please"))
                .contains(new StatusReason(Reason.SkippedMessage, "skipped: the commit's message contains [skip ci]"));
        assertThat(rules.ofMessage("Skip ci")).isEmpty();
    }

    @Test
    void nothingIsReadWithoutRules() {
        var rules = rules("branches: [main], pullRequests: {enabled: true}");
        assertThat(rules.readsPullRequest(PULL)).isFalse();
        assertThat(rules.readsMessage(MAIN, Trust.Trusted)).isFalse();
        assertThat(rules.readsPaths(MAIN)).isFalse();
        assertThat(rules.counts("anything", false)).isTrue();
    }

    @Test
    void pullRequestsWaitUntilTheyAreReadyAndHaveTheLabel() {
        var rules =
                rules("pullRequests: {enabled: true, drafts: Wait, onlyLabels: [Test me, ok], ignoreLabels: [wip]}");
        assertThat(rules.ofPullRequest(false, true, Set.of("ok")))
                .contains(new SkipDecision.Wait(new StatusReason(
                        Reason.PullRequestDraft, "the pull request is a draft; it runs when it is marked as ready")));
        assertThat(rules.ofPullRequest(false, false, Set.of("ok", "WIP")))
                .hasValueSatisfying(waits("has the label wip"));
        assertThat(rules.ofPullRequest(false, false, Set.of("other")))
                .hasValueSatisfying(waits("runs when it gets the label Test me or ok"));
        assertThat(rules.ofPullRequest(false, false, Set.of("test ME"))).isEmpty();
        assertThat(rules.ofPullRequest(true, true, Set.of()))
                .contains(new SkipDecision.Refuse(new StatusReason(
                        Reason.PullRequestClosed, "the pull request was closed before its run could start")));
    }

    private static Consumer<SkipDecision> waits(String text) {
        return decision -> assertThat(decision)
                .isInstanceOfSatisfying(
                        SkipDecision.Wait.class,
                        wait -> assertThat(wait.why().message())
                                .startsWith("skipped: ")
                                .contains(text));
    }

    @Test
    void changesAreSkippedIfThereAreSomeAndNoneCounts() {
        var rules = rules("ignorePaths: ['*.md']");
        assertThat(rules.ofChanges(new Changes(0, false, List.of()))).isEmpty();
        assertThat(rules.ofChanges(new Changes(1, true, List.of("a.c")))).isEmpty();
        assertThat(message(rules, 1, "a.md")).isEqualTo("skipped: it only changes a.md");
        assertThat(message(rules, 3, "a.md", "b.md", "c.md"))
                .isEqualTo("skipped: it only changes a.md, b.md and 1 more file");
        assertThat(message(rules, 2000, "x".repeat(400) + "/y.md", "\u001b[31m\u202eb.md"))
                .isEqualTo("skipped: it only changes …" + "x".repeat(54) + "/y.md, ?[31m?b.md and 1998 more files");
    }

    private static String message(SkipRules rules, int total, String... examples) {
        return rules.ofChanges(new Changes(total, false, List.of(examples)))
                .orElseThrow()
                .message();
    }

    @Test
    void skippedRunIsOutdatedOnceItsPullRequestIsForAnotherBranchOrOpenAgain() {
        var ofPaths = skipped(Reason.SkippedPaths, Comparison.withBranch("c0ffee", "main"));
        assertThat(SkipRules.isOutdated(ofPaths, false, "main")).isFalse();
        assertThat(SkipRules.isOutdated(ofPaths, false, null)).isFalse();
        assertThat(SkipRules.isOutdated(ofPaths, false, "release")).isTrue();
        assertThat(SkipRules.isOutdated(ofPaths, true, "release")).isFalse();
        var closed = RunStatusFactory.cancelled(
                PipelineRunStatus.EMPTY, new StatusReason(Reason.PullRequestClosed, "closed"), 1, Instant.EPOCH);
        assertThat(SkipRules.isOutdated(closed, true, "main")).isFalse();
        assertThat(SkipRules.isOutdated(closed, false, "main")).isTrue();
        var ofRun = skipped(Reason.SkippedPaths, Comparison.withRun("c0ffee", "p-1"));
        assertThat(SkipRules.isOutdated(ofRun, false, "release")).isFalse();
        assertThat(SkipRules.isOutdated(PipelineRunStatus.EMPTY, false, "release"))
                .isFalse();
    }

    private static PipelineRunStatus skipped(Reason reason, @Nullable Comparison with) {
        return RunStatusFactory.skipped(
                PipelineRunStatus.EMPTY,
                PipelineRunSpec.of("p", PULL.name(), "1".repeat(40)),
                new SkipDecision.Skip(new StatusReason(reason, "skipped: test"), Trust.Untrusted, with),
                1,
                Instant.EPOCH);
    }

    @Test
    void runThatWaitsForItsPullRequestIsKnownByItsReason() {
        var why = new StatusReason(Reason.PullRequestDraft, "test");
        var waiting = RunStatusFactory.waiting(PipelineRunStatus.EMPTY, why, 1, Instant.EPOCH);
        assertThat(SkipRules.isWaiting(waiting)).isTrue();
        assertThat(SkipRules.isWaiting(skipped(Reason.SkippedPaths, null))).isFalse();
        assertThat(SkipRules.isShown(waiting, new SkipDecision.Wait(why))).isTrue();
        assertThat(SkipRules.isShown(waiting, new SkipDecision.Wait(new StatusReason(Reason.SkippedLabels, "other"))))
                .isFalse();
        assertThat(SkipRules.isShown(waiting, new SkipDecision.Skip(why, Trust.Untrusted, null)))
                .isFalse();
        assertThat(SkipRules.isShown(waiting, null)).isFalse();
        var checking = new StatusReason(Reason.CheckingChanges, "checking");
        assertThat(SkipRules.isWaiting(RunStatusFactory.waiting(waiting, checking, 1, Instant.EPOCH)))
                .isFalse();
    }
}
