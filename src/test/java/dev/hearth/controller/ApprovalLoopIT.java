package dev.hearth.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hearth.api.ApprovalRequest;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.RunApproval;
import dev.hearth.controlplane.ScriptedNamespace;
import dev.hearth.forge.FakeForge.Proposal;
import dev.hearth.forge.FakeForge.Reply;
import dev.hearth.forge.FakeGitHub;
import dev.hearth.forge.FakeGitLab;
import dev.hearth.git.GitServer.Entry;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Pull requests of people who may not write the repository wait for an approval of their commit. */
class ApprovalLoopIT {
    private static final String PULL = "refs/pull/7/head";
    private static final String SPEC = """
            triggers: {poll: 5s, branches: [main], pullRequests: {enabled: true}}
            builds: [{name: image, dockerfile: Dockerfile}]
            tasks: [{name: unit, image: busybox, command: ["true"]}]
            """;

    @Test
    void strangersCommitRunsOnceSomebodyWhoMayWriteHasApprovedIt() throws IOException {
        try (var forge = new FakeGitHub();
                var place = place("approve")) {
            forge.addWriter("ada");
            forge.propose(7, new Proposal("bob", "bob", place.commit()));
            place.reportingPipeline("GitHub", forge.url(), SPEC);
            place.work().finishedRunOf(place.commit());

            // When: bob proposes a change of the Dockerfile
            var proposed = place.repository()
                    .commit(PULL, List.of(new Entry("100644", "Dockerfile", "FROM scratch\n")), place.commit());
            var run = waiting(place, proposed);
            var command = "/approve " + proposed;
            assertThat(message(run)).contains("the pull request of bob", "it changes Dockerfile", command);
            assertThat(request(run).author()).isEqualTo("bob");
            assertThat(request(run).changedFiles()).containsExactly("Dockerfile");
            place.untilShown(
                    forge,
                    proposed,
                    "pending",
                    "waiting for a comment of somebody who may write the repository: " + command);

            // And bob approves it himself, and ada another commit
            forge.comment(7, "bob", command);
            forge.comment(7, "ada", "/approve " + place.commit());
            place.isReconciled(
                    "pipeline",
                    () -> place.patch(
                            place.client().resource(pipeline(place)).get(),
                            "{\"metadata\": {\"labels\": {\"look\": \"1\"}}}"));
            assertThat(place.client().resource(run).get().getSpec().approval()).isNull();

            // Then it runs after ada's approval
            forge.comment(7, "ada", "Fine.\r\n" + command);
            var finished = place.work().finishedRunOf(proposed);
            assertThat(finished.getSpec().approval())
                    .returns(proposed, RunApproval::commit)
                    .returns(request(run).digest(), RunApproval::digest)
                    .returns("ada", RunApproval::by);
            place.untilAudited(
                    "RunApproved " + place.namespace() + "/" + run.getMetadata().getName() + " by ada");
            place.untilShown(forge, proposed, "success", "2 steps succeeded");

            // And the next push waits again
            var next = place.repository()
                    .commit(PULL, List.of(new Entry("100644", "Dockerfile", "FROM busybox\n")), proposed);
            assertThat(request(waiting(place, next)).changedFiles()).isEmpty();
        }
    }

    @Test
    void pullRequestOfAWriterStartsAtOnceAndOneOfAForkOfOthersDoesNot() throws IOException {
        try (var forge = new FakeGitLab();
                var place = place("writer")) {
            forge.addWriter("ada");
            forge.propose(1, new Proposal("ada", "ada", null));
            forge.propose(2, new Proposal("ada", "bob", null));
            forge.propose(3, new Proposal("bob", "team", null));
            place.reportingPipeline("GitLab", forge.url(), SPEC);
            place.work().finishedRunOf(place.commit());

            var own = place.repository().commit("refs/merge-requests/1/head", "a", "1", place.commit());
            var others = place.repository().commit("refs/merge-requests/2/head", "a", "2", place.commit());
            var branch = place.repository().commit("refs/merge-requests/3/head", "a", "3", place.commit());

            place.work().finishedRunOf(own);
            place.work().finishedRunOf(branch);
            assertThat(message(waiting(place, others))).contains("the pull request of ada");
        }
    }

    /** Others can open a pull request at the same commit, and the forge may not know a pull request any more. */
    @Test
    void strangerHoldsUpNobodyElse() throws IOException {
        try (var forge = new FakeGitHub();
                var place = place("others")) {
            forge.addWriter("ada");
            forge.propose(5, new Proposal("ada", "team", null));
            forge.propose(6, new Proposal("bob", "bob", null));
            forge.propose(8, new Proposal("bob", "bob", null));
            place.reportingPipeline("GitHub", forge.url(), SPEC);
            place.work().finishedRunOf(place.commit());
            var proposed = place.repository().commit("refs/pull/5/head", "a", "5", place.commit());
            place.work().finishedRunOf(proposed);
            place.untilShown(forge, proposed, "success", "2 steps succeeded");

            place.repository().set("refs/pull/6/head", proposed);
            var unknown = place.repository().commit("refs/pull/7/head", "a", "7", place.commit());
            var other = place.repository().commit("refs/pull/8/head", "a", "8", place.commit());
            place.work()
                    .until(
                            "a run of pull request 6 that waits",
                            () -> all(place, proposed).stream()
                                    .filter(run -> run.getSpec().ref().contains("/6/")
                                            && run.getStatus() != null
                                            && run.getStatus().approval() != null)
                                    .findFirst());
            place.work()
                    .until(
                            "pull request 7 to be looked for",
                            () -> runs(place, unknown)
                                    .filter(run -> run.getStatus() != null
                                            && message(run).contains("has no repository")));
            waiting(place, other);
            forge.comment(8, "ada", "/approve " + other);

            place.work().finishedRunOf(other);
            place.untilShown(forge, other, "success", "2 steps succeeded");
            place.untilShown(forge, proposed, "success", "2 steps succeeded");
        }
    }

    @Test
    void approvalByKubectlNamesTheCommitAndRestsOnNoForge() throws IOException {
        try (var forge = new FakeGitHub();
                var place = place("kubectl")) {
            place.reportingPipeline("GitHub", forge.url(), SPEC);
            place.work().finishedRunOf(place.commit());
            forge.breakDown(Reply.of(503, ""));
            var proposed = place.repository().commit(PULL, "a", "b", place.commit());
            var run = place.work()
                    .until(
                            "the run to wait",
                            () -> runs(place, proposed)
                                    .filter(it -> it.getStatus() != null
                                            && message(it).contains("answered with status 503")));

            assertThatThrownBy(() -> place.patch(
                            run, "{\"spec\": {\"approval\": {\"commit\": \"%s\"}}}".formatted(place.commit())))
                    .isInstanceOf(KubernetesClientException.class)
                    .hasMessageContaining("the approval is of another commit");
            place.patch(run, "{\"spec\": {\"approval\": {\"commit\": \"%s\"}}}".formatted(proposed));
            assertThat(place.work().finishedRunOf(proposed).getStatus().phase()).isEqualTo(Phase.Succeeded);
        }
    }

    @Test
    void strangersAreIgnoredIfThePipelineSaysSo() throws IOException {
        try (var forge = new FakeGitHub();
                var place = place("ignore")) {
            forge.propose(7, new Proposal("bob", "bob", null));
            place.reportingPipeline(
                    "GitHub", forge.url(), SPEC.replace("{enabled: true}", "{enabled: true, strangers: Ignore}"));
            place.work().finishedRunOf(place.commit());
            var proposed = place.repository().commit(PULL, "a", "b", place.commit());
            var run = place.work().finishedRunOf(proposed);
            assertThat(run.getStatus().phase()).isEqualTo(Phase.Cancelled);
            assertThat(message(run)).contains("strangers of the pipeline is Ignore");
            place.untilShown(forge, proposed, "error", "cancelled");
        }
    }

    @Test
    void writersRetestAndCancelByComment() throws IOException {
        try (var forge = new FakeGitHub();
                var place = place("retest")) {
            forge.addWriter("ada");
            forge.propose(7, new Proposal("ada", "team", null));
            place.reportingPipeline("GitHub", forge.url(), SPEC);
            place.work().finishedRunOf(place.commit());
            place.pods().on("unit").failsWith(1, "");
            var proposed = place.repository().commit(PULL, "a", "b", place.commit());
            var failed = place.work().finishedRunOf(proposed);
            place.untilShown(forge, proposed, "failure", "failed: unit");

            place.pods().on("unit").runs();
            forge.comment(7, "bob", "/retest");
            forge.comment(7, "ada", "/retest");
            var again = place.work()
                    .until(
                            "another run",
                            () -> all(place, proposed).stream()
                                    .filter(run -> !run.getMetadata()
                                            .getName()
                                            .equals(failed.getMetadata().getName()))
                                    .findFirst());
            place.untilShown(forge, proposed, "pending", "running");

            forge.comment(7, "ada", "/cancel");
            var cancelled = place.finished(again);
            assertThat(cancelled.getStatus().phase()).isEqualTo(Phase.Cancelled);
            assertThat(cancelled.getSpec().cancelReason()).isEqualTo("a comment of ada");
            place.untilShown(forge, proposed, "error", "cancelled");
            assertThat(all(place, proposed)).hasSize(2);
        }
    }

    private static ScriptedNamespace place(String purpose) {
        var place = ScriptedNamespace.open(purpose);
        place.forgeToken("*");
        return place;
    }

    private static Pipeline pipeline(ScriptedNamespace place) {
        return place.client()
                .resources(Pipeline.class)
                .inNamespace(place.namespace())
                .withName("p")
                .get();
    }

    private static List<PipelineRun> all(ScriptedNamespace place, String commit) {
        return place.work().runs().stream()
                .filter(run -> commit.equals(run.getSpec().commit()))
                .toList();
    }

    private static Optional<PipelineRun> runs(ScriptedNamespace place, String commit) {
        return all(place, commit).stream().findFirst();
    }

    private static PipelineRun waiting(ScriptedNamespace place, String commit) {
        return place.work()
                .until(
                        "a run that waits for approval",
                        () -> runs(place, commit)
                                .filter(run -> run.getStatus() != null
                                        && run.getStatus().approval() != null));
    }

    private static ApprovalRequest request(PipelineRun run) {
        return Objects.requireNonNull(run.getStatus().approval());
    }

    private static String message(PipelineRun run) {
        return TestNamespace.condition(run, "Succeeded").orElseThrow().message();
    }
}
