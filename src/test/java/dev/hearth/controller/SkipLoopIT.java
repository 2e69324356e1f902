package dev.hearth.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Comparison;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.controlplane.ScriptedNamespace;
import dev.hearth.forge.FakeForge.Proposal;
import dev.hearth.forge.FakeForge.Reply;
import dev.hearth.forge.FakeGitHub;
import dev.hearth.forge.FakeGitLab;
import dev.hearth.git.GitServer.Entry;
import dev.hearth.testbed.TestNamespace;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Commits that need no run show a success all the same, which says why. */
class SkipLoopIT {
    private static final String PULL = "refs/pull/7/head";
    private static final String TASK = "tasks: [{name: unit, image: busybox, command: [\"true\"]}]\n";
    private static final Entry SOURCE = new Entry("100644", "src/a.c", "1");
    private static final Entry README = new Entry("100644", "README.md", "1");

    @Test
    void branchIsComparedWithItsLastRunThatSucceeded() throws IOException {
        try (var forge = new FakeGitHub();
                var place = ScriptedNamespace.open("paths")) {
            place.forgeToken("*");
            place.reportingPipeline(
                    "GitHub", forge.url(), "triggers: {poll: 5s, branches: [main], ignorePaths: ['*.md']}\n" + TASK);
            var first = place.work().finishedRunOf(place.commit());
            assertThat(first.getStatus().phase()).isEqualTo(Phase.Succeeded);

            // When: only a file that is ignored changes
            var docs = place.repository().commit(ScriptedNamespace.MAIN, files(README), place.commit());
            var skipped = place.work().finishedRunOf(docs);
            assertThat(skipped.getStatus().phase()).isEqualTo(Phase.Skipped);
            assertThat(skipped.getStatus().comparedWith())
                    .isEqualTo(Comparison.withRun(
                            place.commit(), first.getMetadata().getName()));
            assertThat(message(skipped)).startsWith("skipped: it only changes ");
            place.untilShown(forge, docs, "success", message(skipped));
            place.hasEvent(skipped, "SkippedPaths", "skipped: it only changes");

            // And: a change that counts fails
            place.pods().on("unit").failsWith(1, "");
            var broken = place.repository().commit(ScriptedNamespace.MAIN, files(README, SOURCE), docs);
            assertThat(place.work().finishedRunOf(broken).getStatus().phase()).isEqualTo(Phase.Failed);

            // Then: a change of the ignored file alone does not make it green
            var more = place.repository()
                    .commit(ScriptedNamespace.MAIN, files(new Entry("100644", "README.md", "2"), SOURCE), broken);
            assertThat(place.work().finishedRunOf(more).getStatus().phase()).isEqualTo(Phase.Failed);

            // And: whoever wants a run of a commit gets it
            place.pods().on("unit").succeeds();
            var wanted = place.startAs("wanted", ScriptedNamespace.MAIN, docs);
            assertThat(place.finished(wanted).getStatus().phase()).isEqualTo(Phase.Succeeded);
        }
    }

    @Test
    void messageOfATrustedBranchSkipsItsCommitOnly() {
        try (var place = ScriptedNamespace.open("message")) {
            place.pipeline("triggers: {poll: 5s, branches: ['**'], skipMessages: ['[skip ci]']}\n" + TASK);
            place.work().finishedRunOf(place.commit());
            var tree = place.repository().git("rev-parse", place.commit() + "^{tree}");
            var commit = place.repository()
                    .git("commit-tree", tree, "-p", place.commit(), "-m", "Release", "-m", "[Skip CI]");
            place.repository().set(ScriptedNamespace.MAIN, commit);
            var skipped = place.work().finishedRunOf(commit);
            assertThat(skipped.getStatus().phase()).isEqualTo(Phase.Skipped);
            assertThat(message(skipped)).isEqualTo("skipped: the commit's message contains [skip ci]");

            // The same message on a branch that is not trusted asks in vain.
            var other = place.repository().git("commit-tree", tree, "-p", commit, "-m", "[skip ci]");
            place.repository().set("refs/heads/feature", other);
            assertThat(place.work().finishedRunOf(other).getStatus().phase()).isEqualTo(Phase.Succeeded);
        }
    }

    @Test
    void pullRequestIsComparedWithWhereItLeavesItsBranchAndRunsAfterItsBranchHasChanged() throws IOException {
        try (var forge = new FakeGitHub();
                var place = ScriptedNamespace.open("retarget")) {
            place.forgeToken("*");
            var other = place.repository().commit("refs/heads/other", files(SOURCE));
            forge.addWriter("ada");
            forge.propose(7, new Proposal("ada", "team", place.commit()));
            place.reportingPipeline("GitHub", forge.url(), """
                    triggers: {poll: 5s, branches: [main], onlyPaths: [src/], pullRequests: {enabled: true}}
                    """ + TASK);
            place.work().finishedRunOf(place.commit());
            var docs = place.repository().commit(PULL, files(README), place.commit());
            var skipped = place.work().finishedRunOf(docs);
            assertThat(skipped.getStatus().phase()).isEqualTo(Phase.Skipped);
            assertThat(skipped.getStatus().comparedWith()).isEqualTo(Comparison.withBranch(place.commit(), "main"));
            place.untilShown(forge, docs, "success", message(skipped));

            // When: it is for another branch, which is not trusted
            forge.propose(7, new Proposal("ada", "team", null).to("other", other));
            var again = place.work()
                    .until(
                            "another run",
                            () -> place.work().runs().stream()
                                    .filter(run -> docs.equals(run.getSpec().commit())
                                            && !run.getMetadata()
                                                    .getName()
                                                    .equals(skipped.getMetadata()
                                                            .getName()))
                                    .findFirst());
            assertThat(place.finished(again).getStatus().phase()).isEqualTo(Phase.Succeeded);
            place.untilShown(forge, docs, "success", "1 step succeeded");
        }
    }

    @Test
    void draftWaitsUntilItIsReady() throws IOException {
        try (var forge = new FakeGitHub();
                var place = ScriptedNamespace.open("draft")) {
            place.forgeToken("*");
            var proposal = new Proposal("ada", "team", null);
            forge.addWriter("ada");
            forge.propose(7, proposal.asDraft());
            place.reportingPipeline("GitHub", forge.url(), """
                    triggers:
                      poll: 5s
                      branches: [main]
                      pullRequests: {enabled: true, drafts: Wait, ignoreLabels: [wip]}
                    """ + TASK);
            place.work().finishedRunOf(place.commit());
            var commit = place.repository().commit(PULL, "a", "b", place.commit());
            place.untilShown(forge, commit, "pending", "the pull request is a draft");
            var run = run(place, commit);
            assertThat(run.getStatus().phase()).isEqualTo(Phase.Pending);
            assertThat(place.client()
                            .pods()
                            .inNamespace(place.namespace())
                            .list()
                            .getItems())
                    .noneMatch(pod -> pod.getMetadata()
                            .getName()
                            .contains(run.getMetadata().getName()));

            forge.propose(7, proposal.with("WIP"));
            place.untilShown(forge, commit, "success", "skipped: the pull request has the label wip");

            forge.propose(7, proposal);
            assertThat(place.work().finishedRunOf(commit).getStatus().phase()).isEqualTo(Phase.Succeeded);
            place.untilShown(forge, commit, "success", "1 step succeeded");
            assertThat(place.work().runs()).hasSize(2);

            // A draft that is closed gets no success, and runs if it is opened again.
            forge.propose(7, proposal.asDraft().asClosed());
            var closed = place.repository().commit(PULL, "a", "c", commit);
            var cancelled = place.work().finishedRunOf(closed);
            assertThat(cancelled.getStatus().phase()).isEqualTo(Phase.Cancelled);
            place.untilShown(forge, closed, "error", "cancelled");
            forge.propose(7, proposal);
            place.untilShown(forge, closed, "success", "1 step succeeded");
        }
    }

    @Test
    void labelOfAMergeRequestStartsItAndForgeThatFailsSkipsNothing() throws IOException {
        try (var forge = new FakeGitLab();
                var place = ScriptedNamespace.open("label")) {
            place.forgeToken("*");
            var pull = "refs/merge-requests/7/head";
            var proposal = new Proposal("ada", "team", null);
            forge.addWriter("ada");
            forge.propose(7, proposal);
            place.reportingPipeline("GitLab", forge.url(), """
                    triggers:
                      poll: 5s
                      branches: [main]
                      pullRequests: {enabled: true, onlyLabels: [ready], strangers: Run}
                    """ + TASK);
            place.work().finishedRunOf(place.commit());
            var commit = place.repository().commit(pull, "a", "b", place.commit());
            place.untilShown(forge, commit, "success", "skipped: the pull request runs when it gets the label ready");
            forge.propose(7, proposal.with("ready"));
            assertThat(place.work().finishedRunOf(commit).getStatus().phase()).isEqualTo(Phase.Succeeded);

            forge.propose(7, proposal);
            forge.breakDown(Reply.of(502, "bad gateway"));
            var next = place.repository().commit(pull, "a", "c", commit);
            assertThat(place.work().finishedRunOf(next).getStatus().phase()).isEqualTo(Phase.Succeeded);
        }
    }

    /** The files of a commit: the one that all have, and these. */
    private static List<Entry> files(Entry... entries) {
        return Stream.concat(Stream.of(new Entry("100644", "Dockerfile", "FROM busybox\n")), Stream.of(entries))
                .toList();
    }

    private static PipelineRun run(ScriptedNamespace place, String commit) {
        return place.work().runs().stream()
                .filter(run -> commit.equals(run.getSpec().commit()))
                .findFirst()
                .orElseThrow();
    }

    private static String message(PipelineRun run) {
        return TestNamespace.condition(run, "Succeeded").orElseThrow().message();
    }
}
