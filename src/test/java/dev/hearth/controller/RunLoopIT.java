package dev.hearth.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.hearth.agent.AgentRequest;
import dev.hearth.agent.AgentRequests;
import dev.hearth.agent.ArtifactPushReport;
import dev.hearth.agent.ArtifactRemoveRequest;
import dev.hearth.api.ArtifactStatus;
import dev.hearth.api.CacheScope;
import dev.hearth.api.Condition;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.api.StepStatus.State;
import dev.hearth.api.Trust;
import dev.hearth.controlplane.ApiRequest;
import dev.hearth.controlplane.FakeCluster;
import dev.hearth.controlplane.ScriptedNamespace;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.pod.registry.ArtifactUploadPod;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.ResourceLock;

/** The loop of a PipelineRun: what becomes of the run for each fate of its pods, and of what it needs. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@Order(1) // needs no node, which starts meanwhile
class RunLoopIT {
    private static final String UNIT = "tasks: [{name: unit, image: busybox, command: [\"true\"]}]";

    @Test
    void aRunThatBuildsAndTestsSucceeds() {
        try (var place = ScriptedNamespace.open("happy")) {
            place.pipeline("""
                    builds: [{name: tool, artifact: true}]
                    tasks: [{name: check, image: busybox, artifacts: [tool], command: [/artifacts/tool/check]}]
                    """);

            var run = place.finished(place.start());

            assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(run.getStatus().commit()).isEqualTo(place.commit());
            assertThat(run.getStatus().trust()).isEqualTo(Trust.Trusted);
            assertThat(run.getStatus().cached()).isEqualTo("3/4");
            assertThat(succeeded(run))
                    .returns("True", Condition::status)
                    .returns("2 steps succeeded", Condition::message);
        }
    }

    @Test
    void aTaskThatFailsFailsTheRunAndSkipsWhatNeedsIt() {
        try (var place = ScriptedNamespace.open("fails")) {
            place.pipeline("""
                    tasks:
                    - {name: unit, image: busybox, command: ["true"]}
                    - {name: beside, image: busybox, command: ["true"]}
                    - {name: after, image: busybox, command: ["true"], needs: [unit]}
                    """);
            place.pods().on("-unit").failsWith(3, "expected 1 but was 2");

            var run = place.finished(place.start());

            assertThat(run.getStatus().phase()).isEqualTo(Phase.Failed);
            assertThat(TestNamespace.step(run, "unit"))
                    .returns("TaskFailed", StepStatus::reason)
                    .returns(Failure.Command, StepStatus::failure)
                    .returns(3, StepStatus::exitCode)
                    .satisfies(step -> assertThat(step.message()).contains("expected 1 but was 2"));
            assertThat(TestNamespace.step(run, "beside").state()).isEqualTo(State.Succeeded);
            assertThat(TestNamespace.step(run, "after"))
                    .returns(State.Skipped, StepStatus::state)
                    .returns("DependencyFailed", StepStatus::reason);
            assertThat(succeeded(run)).returns("False", Condition::status).returns("TaskFailed", Condition::reason);
        }
    }

    @Test
    void aFailureThatIsToleratedFailsNothing() {
        try (var place = ScriptedNamespace.open("tolerated")) {
            place.pipeline("""
                    tasks:
                    - {name: unit, image: busybox, command: ["true"], continueOnError: true}
                    - {name: after, image: busybox, command: ["true"], needs: [unit]}
                    """);
            place.pods().on("-unit").failsWith(1, "no");

            var run = place.finished(place.start());

            assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(TestNamespace.step(run, "unit"))
                    .returns(State.Failed, StepStatus::state)
                    .returns(true, StepStatus::ignored);
            assertThat(TestNamespace.step(run, "after").state()).isEqualTo(State.Succeeded);
        }
    }

    @Test
    void aCommandThatPassesOnItsSecondTryIsFlaky() {
        try (var place = ScriptedNamespace.open("retry")) {
            place.pipeline("tasks: [{name: unit, image: busybox, command: [\"true\"], retries: 1}]");
            place.pods().on("-unit").failsWith(1, "once");
            place.pods().on("-unit--2").succeeds();

            var run = place.finished(place.start());

            assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(TestNamespace.step(run, "unit"))
                    .returns(2, StepStatus::attempts)
                    .returns(true, StepStatus::flaky);
            assertThat(succeeded(run).message()).contains("flaky: unit");
        }
    }

    @Test
    void podsThatTheClusterLosesAreTriedAgainUntilItIsTooOften() {
        try (var place = ScriptedNamespace.open("lost")) {
            place.pipeline("""
                    infrastructureRetries: 1
                    tasks:
                    - {name: evicted, image: busybox, command: ["true"]}
                    - {name: gone, image: busybox, command: ["true"]}
                    - {name: unlucky, image: busybox, command: ["true"]}
                    """);
            place.pods().on("-evicted").isEvicted();
            place.pods().on("-evicted--2").succeeds();
            place.pods().on("-gone").losesItsNode();
            place.pods().on("-gone--2").succeeds();
            place.pods().on("-unlucky").isEvicted();

            var run = place.finished(place.start());

            assertThat(List.of(TestNamespace.step(run, "evicted"), TestNamespace.step(run, "gone")))
                    .allSatisfy(step -> assertThat(step)
                            .returns(State.Succeeded, StepStatus::state)
                            .returns(1, StepStatus::infrastructureFailures));
            assertThat(TestNamespace.step(run, "unlucky"))
                    .returns(State.Failed, StepStatus::state)
                    .returns("Evicted", StepStatus::reason)
                    .returns(Failure.Infrastructure, StepStatus::failure)
                    .returns(2, StepStatus::attempts);
        }
    }

    @Test
    void aPodThatSomebodyDeletesIsMadeAnew() {
        try (var place = ScriptedNamespace.open("deleted")) {
            place.pipeline(UNIT);
            place.pods().on("-unit").runs();
            place.pods().on("-unit--2").succeeds();
            var run = place.start();
            place.until(run, "unit", State.Running);

            place.client().resource(place.pod("-unit")).delete();

            assertThat(TestNamespace.step(place.finished(run), "unit"))
                    .returns(State.Succeeded, StepStatus::state)
                    .returns(1, StepStatus::infrastructureFailures);
        }
    }

    @Test
    void aRegistryThatDoesNotAnswerForAWhileKeepsNoImageFromBeingPublished() {
        try (var place = ScriptedNamespace.open("publish")) {
            place.pipeline("""
                    builds:
                    - name: image
                      platforms: [linux/amd64, linux/arm64]
                      push: {repository: registry.example/team/app, tags: [latest]}
                    """);
            place.pods().on("-index").failsWith(75, "registry.example does not answer");
            place.pods().on("--2").succeeds();

            var run = place.finished(place.start());

            assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(TestNamespace.step(run, "image/index"))
                    .returns("sha256:" + "2".repeat(64), StepStatus::digest)
                    .returns(1, StepStatus::infrastructureFailures);
        }
    }

    @Test
    void anImageThatMayNotBePushedFailsItsRun() {
        try (var place = ScriptedNamespace.open("denied")) {
            place.pipeline("""
                    builds: [{name: image, push: {repository: registry.example/team/app, tags: [latest]}}]
                    """);
            place.pods().on("-index").failsWith(1, "spec.builds[image].push.credentials may not push");

            var run = place.finished(place.start());

            assertThat(TestNamespace.step(run, "image/index"))
                    .returns("PushFailed", StepStatus::reason)
                    .returns(Failure.Setup, StepStatus::failure)
                    .satisfies(step -> assertThat(step.message()).contains("may not push"));
            assertThat(succeeded(run).status()).isEqualTo("False");
        }
    }

    /** The pod outlives the run, and goes once it has ended. */
    @Test
    void artifactsOfADeletedRunAreRemovedFromTheirRegistry() {
        try (var place = ScriptedNamespace.open("removal")) {
            place.pipeline("""
                    artifacts: {store: Registry, repository: registry.example/team/artifacts}
                    history: {keep: 1}
                    builds: [{name: tool, artifact: true}]
                    """);
            place.pods().on("-removal").runs();
            var image = "registry.example/team/artifacts@sha256:" + "3".repeat(64);
            place.pods()
                    .on("-publish")
                    .says(
                            ArtifactUploadPod.CONTAINER,
                            Serialization.asJson(new ArtifactPushReport(AgentRequest.VERSION, image, 4)));
            var first = place.finished(place.start());
            assertThat(TestNamespace.step(first, "tool/linux/amd64/artifact").artifact())
                    .isNotNull()
                    .returns(image, ArtifactStatus::image);

            // When: a run of another commit leaves another one
            place.repository().commit(ScriptedNamespace.MAIN, "Dockerfile", "FROM busybox AS other\n");
            place.pods().on("-publish").succeeds();
            var second = place.finished(place.start());
            assertThat(TestNamespace.step(second, "tool/linux/amd64/artifact").artifact())
                    .isNotNull()
                    .doesNotReturn(image, ArtifactStatus::image);

            // Then
            var removal = place.work()
                    .until(
                            "the pod that removes the artifact",
                            () -> removals(place).stream().findFirst());
            assertThat(AgentRequests.read(removal.getSpec().getContainers().getFirst(), ArtifactRemoveRequest.class)
                            .images())
                    .containsExactly(image);
            place.pods().on("-removal").succeeds();
            place.work()
                    .until("that it is gone", () -> Optional.of(removals(place)).filter(List::isEmpty));
        }
    }

    private static List<Pod> removals(ScriptedNamespace place) {
        return place.work()
                .client()
                .pods()
                .inNamespace(place.work().namespace())
                .withLabel(ObjectLabels.ARTIFACT_REMOVAL)
                .list()
                .getItems();
    }

    @Test
    void aContainerBeyondItsMemoryIsToldApartFromACommandThatFails() {
        try (var place = ScriptedNamespace.open("memory")) {
            place.pipeline(UNIT);
            place.pods().on("-unit").runsOutOfMemory();

            assertThat(TestNamespace.step(place.finished(place.start()), "unit"))
                    .returns("OutOfMemory", StepStatus::reason)
                    .returns(Failure.OutOfMemory, StepStatus::failure);
        }
    }

    @Test
    void aMatrixThatFailsFastEndsItsOtherLegs() {
        try (var place = ScriptedNamespace.open("fast")) {
            place.pipeline("""
                    tasks:
                    - {name: unit, image: busybox, command: ["true"], matrix: {axes: {db: [a, b]}, failFast: true}}
                    """);
            place.pods().on("-unit-a-").failsWith(1, "no");
            place.pods().on("-unit-b-").runs();

            var run = place.finished(place.start());

            assertThat(run.getStatus().phase()).isEqualTo(Phase.Failed);
            assertThat(run.getStatus().steps())
                    .extracting(StepStatus::state, StepStatus::reason)
                    .containsExactlyInAnyOrder(tuple(State.Failed, "TaskFailed"), tuple(State.Cancelled, "FailFast"));
        }
    }

    @Test
    void cellsComeFromTheFileThatAPodPrints() {
        try (var place = ScriptedNamespace.open("cells")) {
            place.pipeline("""
                    builds: [{name: tool, artifact: true}]
                    tasks:
                    - {name: unit, image: busybox, command: ["true"], artifacts: [tool],
                       matrix: {from: {artifact: tool, file: cells.json}}}
                    """);
            place.pods()
                    .on("-list-unit")
                    .logs("[{\"db\": \"a\"}, {\"db\": \"b\"}]")
                    .succeeds();

            var run = place.finished(place.start());

            assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(run.getStatus().matrices()).containsEntry("unit", List.of(Map.of("db", "a"), Map.of("db", "b")));
            assertThat(run.getStatus().steps()).hasSize(4);
        }
    }

    @Test
    void aFileThatListsNoCellsFailsItsTask() {
        try (var place = ScriptedNamespace.open("nocells")) {
            place.pipeline("""
                    builds: [{name: tool, artifact: true}]
                    tasks:
                    - {name: broken, image: busybox, command: ["true"], artifacts: [tool],
                       matrix: {from: {artifact: tool, file: broken.json}}}
                    - {name: many, image: busybox, command: ["true"], artifacts: [tool],
                       matrix: {from: {artifact: tool, file: many.json}}}
                    - {name: after, image: busybox, command: ["true"], needs: [broken]}
                    """);
            place.pods().on("-list-broken").logs("[{\"n\": 1}, oops]").succeeds();
            place.pods()
                    .on("-list-many")
                    .logs(IntStream.rangeClosed(1, 300)
                            .mapToObj("{\"n\": %d}"::formatted)
                            .collect(Collectors.joining(",", "[", "]")))
                    .succeeds();

            var run = place.finished(place.start());

            assertThat(List.of(TestNamespace.step(run, "broken"), TestNamespace.step(run, "many")))
                    .allSatisfy(step -> assertThat(step)
                            .returns("ListFileInvalid", StepStatus::reason)
                            .returns(Failure.Command, StepStatus::failure));
            assertThat(TestNamespace.step(run, "broken").message())
                    .contains("file broken.json of artifact tool: it is not JSON", "oops", "line 1 column");
            assertThat(TestNamespace.step(run, "many").message()).contains("many.json", "300 cells", "256");
            assertThat(TestNamespace.step(run, "after").state()).isEqualTo(State.Skipped);
        }
    }

    @Test
    void aRunThatReachesItsTimeLimitFailsWhatIsLeft() {
        try (var place = ScriptedNamespace.open("runtime")) {
            place.pipeline("timeout: 2s\n" + UNIT);
            place.pods().on("-unit").runs();

            var run = place.finished(place.start());

            assertThat(TestNamespace.step(run, "unit"))
                    .returns("RunTimedOut", StepStatus::reason)
                    .returns(Failure.Timeout, StepStatus::failure)
                    .satisfies(step -> assertThat(step.message()).contains("spec.timeout"));
            place.isGone("-unit");
        }
    }

    @Test
    void aCommandThatReachesItsTimeLimitIsEndedByTheKubelet() {
        try (var place = ScriptedNamespace.open("tasktime")) {
            place.pipeline("tasks: [{name: unit, image: busybox, command: [\"true\"], timeout: 1s}]");
            place.pods().on("-unit").runs();

            assertThat(TestNamespace.step(place.finished(place.start()), "unit"))
                    .returns("TimedOut", StepStatus::reason)
                    .returns(Failure.Timeout, StepStatus::failure);
        }
    }

    @Test
    void aRunThatIsCancelledEndsItsPods() {
        try (var place = ScriptedNamespace.open("cancel")) {
            place.pipeline("""
                    tasks:
                    - {name: lint, image: busybox, command: ["true"]}
                    - {name: unit, image: busybox, command: ["true"]}
                    - {name: after, image: busybox, command: ["true"], needs: [unit]}
                    """);
            place.pods().on("-unit").runs();
            var run = place.start();
            place.until(run, "unit", State.Running);
            place.until(run, "lint", State.Succeeded);

            place.cancel(run);

            var cancelled = place.finished(run);
            assertThat(cancelled.getStatus().phase()).isEqualTo(Phase.Cancelled);
            assertThat(TestNamespace.step(cancelled, "unit"))
                    .returns(State.Cancelled, StepStatus::state)
                    .returns("Cancelled", StepStatus::reason)
                    .returns(null, StepStatus::failure);
            assertThat(TestNamespace.step(cancelled, "lint").state()).isEqualTo(State.Succeeded);
            assertThat(TestNamespace.step(cancelled, "after").state()).isIn(State.Cancelled, State.Skipped);
            place.isGone("-unit");
            place.untilAudited("RunCancelled " + place.namespace() + "/"
                    + run.getMetadata().getName());
        }
    }

    /** The node drops a log with its pod, and one that does not answer keeps no pod alive. */
    @Test
    void logsOfCancelledPodsAreReadBeforeTheyAreDeletedIfTheirNodesAnswer() {
        try (var place = ScriptedNamespace.open("logs")) {
            place.pipeline("""
                    tasks:
                    - {name: unit, image: busybox, command: ["true"]}
                    - {name: mute, image: busybox, command: ["true"]}
                    """);
            place.pods().on("-unit").logs("half of it\n").runs();
            place.pods().on("-mute").keepsItsLogs().runs();
            var run = place.start();
            place.until(run, "unit", State.Running);
            place.until(run, "mute", State.Running);

            place.cancel(run);

            assertThat(place.finished(run).getStatus().phase()).isEqualTo(Phase.Cancelled);
            place.isGone("-unit");
            place.isGone("-mute");
            assertThat(place.requests().stream()
                            .filter(it -> it.name().contains("-unit"))
                            .map(ApiRequest::kind)
                            .filter(kind -> kind.equals("get pods/log") || kind.equals("delete pods")))
                    .startsWith("get pods/log")
                    .contains("delete pods");
        }
    }

    @Test
    @ResourceLock(FakeCluster.APART) // it ends the pods that wait for runs of other tests
    void aPodThatNoNodeTakesInTimeFailsItsStep() {
        try (var place = ScriptedNamespace.openApart("nonode")) {
            place.pipeline("pendingTimeout: 1s\ninfrastructureRetries: 0\n" + UNIT);
            place.pods().on("-unit").isUnschedulable("0/1 nodes are available: 1 Insufficient cpu.");

            assertThat(TestNamespace.step(place.finished(place.start()), "unit"))
                    .returns("Unschedulable", StepStatus::reason)
                    .returns(Failure.Infrastructure, StepStatus::failure)
                    .satisfies(step -> assertThat(step.message()).contains("Insufficient cpu"));
        }
    }

    @Test
    @ResourceLock(FakeCluster.APART) // it ends the pods that wait for runs of other tests
    void aPodThatGetsItsNodeLateSaysWhatItWaitsForAndGoesOn() {
        try (var place = ScriptedNamespace.openApart("late")) {
            place.pipeline(UNIT);
            place.pods().on("-unit").isUnschedulable("0/1 nodes are available: 1 Insufficient cpu.");
            var run = place.start();
            place.until(run, "unit", State.Pending, "Unschedulable");

            place.pods().on("-unit").succeeds();

            assertThat(place.finished(run).getStatus().phase()).isEqualTo(Phase.Succeeded);
        }
    }

    @Test
    void anImageThatDoesNotComeFailsItsStep() {
        try (var place = ScriptedNamespace.open("noimage")) {
            place.pipeline(UNIT);
            place.pods().on("-unit").cannotPull("manifest unknown");

            assertThat(TestNamespace.step(place.finished(place.start()), "unit"))
                    .returns("ImagePullFailed", StepStatus::reason)
                    .returns(Failure.Setup, StepStatus::failure);
        }
    }

    @Test
    void anImageOfARegistryThatDoesNotAnswerIsTriedAgain() {
        try (var place = ScriptedNamespace.open("noregistry")) {
            place.pipeline("infrastructureRetries: 1\n" + UNIT);
            place.pods().on("-unit").cannotPull("dial tcp 127.0.0.1:9: connect: connection refused");

            assertThat(TestNamespace.step(place.finished(place.start()), "unit"))
                    .returns("ImagePullFailed", StepStatus::reason)
                    .returns(Failure.Infrastructure, StepStatus::failure)
                    .returns(2, StepStatus::attempts)
                    .returns(1, StepStatus::infrastructureFailures);
        }
    }

    @Test
    void aVolumeThatAQuotaRefusesIsMadeOnceItIsRaised() {
        try (var place = ScriptedNamespace.open("claims");
                var quota = place.work().quota("claims", "persistentvolumeclaims", 0)) {
            place.pipeline("""
                    tasks: [{name: make, image: busybox, command: ["true"], artifact: {path: /out}}]
                    """);
            place.pods().on("-make").runs();
            var run = place.start();
            place.work()
                    .until(
                            run,
                            it -> it.getStatus().steps().stream()
                                    .anyMatch(step -> step.state() == State.Pending
                                            && String.valueOf(step.message()).contains("exceeded quota: claims")));

            quota.raise(10);

            place.until(run, "make", State.Running);
        }
    }

    @Test
    void aPodThatAQuotaRefusesIsMadeOnceItIsRaised() {
        try (var place = ScriptedNamespace.open("quota");
                var quota = place.work().quota("pods", "pods", 0)) {
            place.pipeline(UNIT);
            var run = place.start();
            var refused = place.until(run, "unit", State.Pending, "CreationRejected");
            assertThat(refused.message()).contains("exceeded quota: pods");

            quota.raise(10);

            var done = place.finished(run);
            assertThat(done.getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(TestNamespace.step(done, "unit").attempts()).isNull();
        }
    }

    @Test
    void aPodOfSomebodyElseIsNamedAndStays() {
        try (var place = ScriptedNamespace.open("taken")) {
            place.pipeline(UNIT);
            var theirs = place.client()
                    .resource(new PodBuilder()
                            .withNewMetadata()
                            .withNamespace(place.namespace())
                            .withName("hearth-r-task-unit")
                            .endMetadata()
                            .withNewSpec()
                            .addNewContainer()
                            .withName("theirs")
                            .withImage("busybox")
                            .endContainer()
                            .endSpec()
                            .build())
                    .create();

            var run = place.finished(place.startAs("r"));

            assertThat(TestNamespace.step(run, "unit"))
                    .returns(Failure.Setup, StepStatus::failure)
                    .satisfies(
                            step -> assertThat(step.message()).contains("Pod hearth-r-task-unit", "does not own it"));
            assertThat(place.client().resource(theirs).get()).isNotNull();
        }
    }

    @Test
    void whatCannotBeResolvedIsRefused() {
        try (var place = ScriptedNamespace.open("refused")) {
            place.pipeline(UNIT);
            var other = place.repository().commit("refs/heads/other", "a", "b");

            var unknown = place.start("refs/heads/none");
            var elsewhere = place.work().start("p", ScriptedNamespace.MAIN, other);
            var orphan = place.work().start("none", ScriptedNamespace.MAIN, null);

            assertThat(succeeded(place.finished(unknown)).reason()).isEqualTo("RefNotFound");
            assertThat(succeeded(place.finished(elsewhere)).reason()).isEqualTo("CommitNotOnRef");
            assertThat(succeeded(place.finished(orphan)).reason()).isEqualTo("PipelineNotFound");
        }
    }

    @Test
    void aPipelineThatIsDeletedTakesItsRunsAndTheirPods() {
        try (var place = ScriptedNamespace.open("gone")) {
            var pipeline = place.pipeline(UNIT);
            place.pods().on("-unit").runs();
            place.until(place.start(), "unit", State.Running);

            place.client().resource(pipeline).delete();

            place.work()
                    .until(
                            "nothing to be left",
                            () -> place.work().runs().isEmpty()
                                            && place.work().children().isEmpty()
                                    ? Optional.of(true)
                                    : Optional.empty());
        }
    }

    @Test
    void aSecretThatDoesNotNameThePipelineIsNotMounted() {
        try (var place = ScriptedNamespace.open("secret")) {
            place.work().secret("theirs", "Opaque", Map.of("hearth.dev/pipelines", "other"), Map.of("key", "value"));
            place.pipeline("""
                    tasks:
                    - {name: unit, image: busybox, command: ["true"], secrets: [{name: KEY, secretName: theirs, key: key}]}
                    """);

            var run = place.finished(place.start());

            assertThat(TestNamespace.step(run, "unit"))
                    .returns("SecretNotAllowed", StepStatus::reason)
                    .returns(Failure.Setup, StepStatus::failure);
        }
    }

    @Test
    void aRunOfARefThatIsNotTrustedHasACacheOfItsOwn() {
        try (var place = ScriptedNamespace.open("untrusted")) {
            place.pipeline("builds: [{name: tool}]");
            place.repository().commit("refs/heads/topic", "Dockerfile", "FROM busybox\nRUN true\n");

            var run = place.finished(place.start("refs/heads/topic"));

            assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(run.getStatus().trust()).isEqualTo(Trust.Untrusted);
            assertThat(place.client()
                            .resources(CacheScope.class)
                            .inNamespace(place.namespace())
                            .list()
                            .getItems())
                    .extracting(scope -> scope.getSpec().trust())
                    .containsExactly(Trust.Untrusted);
        }
    }

    @Test
    void aBuildThatFailsSealsNothingAndTheNextRunGetsTheVolume() {
        try (var place = ScriptedNamespace.open("build")) {
            place.pipeline("builds: [{name: tool}]");
            place.pods()
                    .on("-build-")
                    .failsWith(1, "process \"/bin/sh -c false\" did not complete successfully: exit code: 1");
            var failed = place.finished(place.start());
            assertThat(failed.getStatus().phase()).isEqualTo(Phase.Failed);
            assertThat(TestNamespace.step(failed, "tool/linux/amd64").failure()).isEqualTo(Failure.Command);

            place.pods().on("-build-").succeeds();

            assertThat(place.finished(place.start()).getStatus().phase()).isEqualTo(Phase.Succeeded);
        }
    }

    private static Condition succeeded(PipelineRun run) {
        return TestNamespace.condition(run, "Succeeded").orElseThrow();
    }
}
