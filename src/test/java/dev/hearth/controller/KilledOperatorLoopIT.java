package dev.hearth.controller;

import static dev.hearth.testbed.TestNamespace.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.OperatingSystem;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.State;
import dev.hearth.cluster.CacheScopeClient;
import dev.hearth.controlplane.FakeCluster;
import dev.hearth.controlplane.ScriptedNamespace;
import dev.hearth.core.plan.Names;
import dev.hearth.forge.FakeForge;
import dev.hearth.forge.FakeGitHub;
import dev.hearth.pod.task.CollectorContainer;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

/** An operator that is killed goes on with what it finds. */
@ResourceLock(FakeCluster.APART) // it kills the operator
class KilledOperatorLoopIT {
    @Test
    void operatorThatIsKilledRunsNothingTwice() {
        try (var place = ScriptedNamespace.openApart("killed")) {
            place.pipeline("""
                    tasks:
                    - {name: cells, image: busybox, matrix: {axes: {n: [a, b, c, d]}}, command: ["true"]}
                    - {name: after, image: busybox, needs: [cells], command: ["true"]}
                    """);
            place.pods().on("-cells-").runs();
            var run = place.work()
                    .until(
                            place.start(),
                            it -> it.getStatus().steps().stream()
                                            .filter(step -> step.state() == State.Running)
                                            .count()
                                    == 4);
            var before = pods(place);

            place.pods().on(pod(run, "cells[n=a]")).succeeds();
            place.restartOperator();
            place.pods().on(pod(run, "cells[n=b]")).succeeds();
            run = place.work().until(run, it -> step(it, "cells[n=b]").state().isFinal());
            place.pods().on(pod(run, "cells[n=c]")).succeeds();
            place.pods().on(pod(run, "cells[n=d]")).succeeds();
            run = place.finished(run);

            assertThat(run.getStatus().phase()).as("%s", run.getStatus()).isEqualTo(Phase.Succeeded);
            assertThat(run.getStatus().steps())
                    .hasSize(5)
                    .allSatisfy(
                            step -> assertThat(step.attempts()).as("%s", step).isNull());
            assertThat(pods(place)).containsAllEntriesOf(before).hasSize(5);
        }
    }

    /** It has kept the artifacts of the merge group for the run of the branch, and not written yet what the run takes over. */
    @Test
    void operatorThatIsKilledWhileABranchTakesOverDoesSoAgain() {
        try (var place = ScriptedNamespace.open("taken")) {
            place.pods().on("-task-pack").says(CollectorContainer.NAME, """
                    {"version": 1, "artifact": {"digest": "sha256:%s", "count": 1, "kib": 4}, "reports": {"files": 0}}
                    """.formatted("a".repeat(64)));
            place.pipeline("""
                    triggers: {poll: 5s, branches: [main]}
                    tasks: [{name: pack, image: busybox, command: ["true"], artifact: {path: /out}}]
                    """);
            place.work().finishedRunOf(place.commit());
            var group = "refs/heads/gh-readonly-queue/main/pr-7-" + place.commit();
            var commit = place.repository().commit(group, "a", "1", place.commit());
            var queued = place.work().finishedRunOf(commit);
            var scope = Names.scope(queued).orElseThrow();
            var before = pods(place);

            var refusal = place.refuseStatusesOfRuns();
            place.repository().set(ScriptedNamespace.MAIN, commit);
            var needed = place.work().until("a run that needs the artifacts", () -> neededBy(place, scope));
            place.restartOperator();
            refusal.run();

            var run = place.finished(place.work()
                    .until(
                            "the run of main",
                            () -> place.work().runs().stream()
                                    .filter(it -> commit.equals(it.getSpec().commit())
                                            && it.getSpec().ref().equals(ScriptedNamespace.MAIN))
                                    .findFirst()));
            assertThat(run.getStatus().takenOverFrom())
                    .isEqualTo(queued.getMetadata().getName());
            assertThat(step(run, "pack"))
                    .returns("TakenOver", StepStatus::reason)
                    .returns(
                            Names.taskCacheVolume(scope, OperatingSystem.Linux),
                            step -> Objects.requireNonNull(step.artifact()).claim());
            assertThat(run.getMetadata().getUid()).isEqualTo(needed);
            assertThat(pods(place)).isEqualTo(before);
        }
    }

    private static Optional<String> neededBy(ScriptedNamespace place, String scope) {
        return place.scopes().stream()
                .filter(it -> it.name().equals(scope))
                .flatMap(it -> Stream.ofNullable(it.annotations().get(CacheScopeClient.NEEDED_BY)))
                .findFirst();
    }

    @Test
    void operatorThatLosesItsLeaseEndsAndAnotherGoesOn() {
        try (var place = ScriptedNamespace.openApart("lease")) {
            place.pipeline("tasks: [{name: unit, image: busybox, command: [\"true\"]}]\n");
            place.pods().on("-unit").runs();
            var run = place.start();
            place.until(run, "unit", State.Running);

            place.takeLease();
            place.pods().on("-unit").succeeds();

            assertThat(place.finished(run).getStatus().phase()).isEqualTo(Phase.Succeeded);
        }
    }

    /** The SDK's default deadline was over after one. */
    @Test
    void operatorKeepsItsLeaseAfterARequestThatHangs() {
        try (var place = ScriptedNamespace.openApart("hangs")) {
            var before = place.operatorProcess();

            place.loseRequestAboutLease();

            assertThat(place.operatorProcess()).isEqualTo(before);
        }
    }

    /** So that the pod that replaces it need not wait until the lease expires. */
    @Test
    void operatorThatEndsReleasesItsLease() {
        try (var place = ScriptedNamespace.openApart("released")) {
            assertThat(place.holderAfterEnd()).isEmpty();
        }
    }

    @Test
    void statusesThatTheForgeLostAreWrittenAgainAndFinishedOnesAreNotReadAgain() throws IOException {
        try (var gitHub = new FakeGitHub();
                var place = ScriptedNamespace.openApart("repaired")) {
            place.forgeToken("*");
            place.reportingPipeline("GitHub", gitHub.url(), """
                    triggers: {poll: 5s, branches: [main]}
                    tasks: [{name: unit, image: busybox, command: ["true"]}]
                    """);
            var finished = place.work().finishedRunOf(place.commit());
            place.work().until(finished, it -> it.getMetadata().getAnnotations() != null);
            place.pods().on("-unit").runs();
            var running = place.repository().commit(ScriptedNamespace.MAIN, "a", "b", place.commit());
            shows(place, gitHub, running, "running");
            var before = requests(gitHub, place.commit());

            gitHub.forget(running);
            place.restartOperator();
            shows(place, gitHub, running, "running");
            place.pods().on("-unit").succeeds();
            shows(place, gitHub, running, "1 step succeeded");

            assertThat(requests(gitHub, place.commit())).isEqualTo(before);
        }
    }

    @Test
    void runThatWaitsForAnApprovalWaitsOnWithTheSameStatus() throws IOException {
        try (var gitHub = new FakeGitHub();
                var place = ScriptedNamespace.openApart("waits")) {
            gitHub.addWriter("ada");
            gitHub.propose(7, new FakeForge.Proposal("bob", "bob", null));
            place.forgeToken("*");
            place.reportingPipeline("GitHub", gitHub.url(), """
                    triggers: {poll: 5s, branches: [main], pullRequests: {enabled: true}}
                    tasks: [{name: unit, image: busybox, command: ["true"]}]
                    """);
            place.work().finishedRunOf(place.commit());
            var proposed = place.repository().commit("refs/pull/7/head", "a", "b", place.commit());
            var waiting = place.work()
                    .until(
                            "a run that waits",
                            () -> place.work().runs().stream()
                                    .filter(run -> run.getStatus() != null
                                            && run.getStatus().approval() != null)
                                    .findFirst());
            shows(
                    place,
                    gitHub,
                    proposed,
                    "waiting for a comment of somebody who may write the repository: /approve " + proposed);

            place.restartOperator();
            place.isReconciled("pipelinerun", () -> {});
            place.settled();
            assertThat(place.client().resource(waiting).get().getStatus()).isEqualTo(waiting.getStatus());

            gitHub.comment(7, "ada", "/approve " + proposed);
            assertThat(place.work().finishedRunOf(proposed).getStatus().phase()).isEqualTo(Phase.Succeeded);
        }
    }

    private static void shows(ScriptedNamespace place, FakeForge forge, String commit, String text) {
        place.work()
                .until(
                        "status " + text,
                        () -> forge.statuses(commit).stream()
                                .reduce((_, later) -> later)
                                .filter(it -> it.description().equals(text)));
    }

    private static long requests(FakeForge forge, String commit) {
        return forge.requests().stream().filter(it -> it.contains(commit)).count();
    }

    private static String pod(PipelineRun run, String step) {
        return Objects.requireNonNull(step(run, step).pod(), step);
    }

    /** Of the tasks, by name. */
    private static Map<String, String> pods(ScriptedNamespace place) {
        return place.client().pods().inNamespace(place.namespace()).list().getItems().stream()
                .filter(pod -> pod.getMetadata().getName().contains("-task-"))
                .collect(Collectors.toMap(
                        pod -> pod.getMetadata().getName(),
                        pod -> pod.getMetadata().getUid()));
    }
}
