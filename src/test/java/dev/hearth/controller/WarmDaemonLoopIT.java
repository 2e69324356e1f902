package dev.hearth.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.agent.AgentRequests;
import dev.hearth.agent.SolveRequest;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.State;
import dev.hearth.controlplane.FakeCluster;
import dev.hearth.controlplane.ScriptedNamespace;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.pod.PodRun;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

/** The pods that wait with a running daemon for the next run of a ref. */
class WarmDaemonLoopIT {
    private static final String BUILD = "builds: [{name: tool}]";
    private static final String STEP = "tool/linux/amd64";

    @Test
    void theNextRunOfARefTakesThePodThatWaits() {
        try (var place = ScriptedNamespace.open("takes")) {
            place.pipeline(BUILD);
            place.finished(place.start());
            var warm = waiting(place, _ -> true);

            var run = place.finished(place.start());

            assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(pods(place, run)).singleElement().satisfies(pod -> {
                assertThat(pod.getMetadata().getUid())
                        .isEqualTo(warm.getMetadata().getUid());
                assertThat(pod.getSpec().getActiveDeadlineSeconds()).isPositive();
            });
            var step = TestNamespace.step(run, STEP);
            assertThat(step.pod()).isEqualTo(warm.getMetadata().getName());
            assertThat(Objects.requireNonNull(step.startedAt()))
                    .isGreaterThanOrEqualTo(
                            Objects.requireNonNull(run.getStatus().startedAt()));
            assertThat(place.sealed(2).warm()).isNull();
            waiting(
                    place,
                    pod -> !pod.getMetadata().getUid().equals(warm.getMetadata().getUid()));
        }
    }

    /** The second run reuses the artifact of one build, so the pod that waits has a container too many. */
    @Test
    void aRunThatReusesOneOfItsBuildsTakesThePodForTheOthers() {
        try (var place = ScriptedNamespace.open("subset")) {
            place.pipeline("builds: [{name: tool}, {name: files, artifact: true}]");
            place.finished(place.start());
            var warm = waiting(place, _ -> true);

            var run = place.finished(place.start());

            assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(TestNamespace.step(run, STEP).pod())
                    .isEqualTo(warm.getMetadata().getName());
            assertThat(TestNamespace.step(run, "files/linux/amd64"))
                    .returns("ArtifactReused", StepStatus::reason)
                    .returns(null, StepStatus::pod);
            assertThat(pods(place, run))
                    .singleElement()
                    .satisfies(pod -> assertThat(AgentRequests.read(pod, "files", SolveRequest.class))
                            .isEqualTo(SolveRequest.skipped("files")));
            place.sealed(2);
        }
    }

    @Test
    void aRunOfOtherBuildsWaitsForTheEndOfThePodAndCreatesItsOwn() {
        try (var place = ScriptedNamespace.open("differs")) {
            var pipeline = place.pipeline(BUILD);
            place.finished(place.start());
            var warm = waiting(place, _ -> true);
            place.patch(pipeline, "{\"spec\": {\"builds\": [{\"name\": \"tool\"}, {\"name\": \"other\"}]}}");

            var run = place.finished(place.start());

            assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(TestNamespace.step(run, STEP).pod())
                    .contains(run.getMetadata().getName());
            place.isGone(warm.getMetadata().getName());
            place.sealed(2);
        }
    }

    @Test
    void noPodWaitsOnceThePolicyAllowsNone() {
        try (var place = ScriptedNamespace.open("policy")) {
            var policy = place.policy("{keepWarm: {trusted: 1h}}");
            place.pipeline(BUILD + "\ncache: {policy: " + policy.getMetadata().getName() + "}");
            place.finished(place.start());
            var warm = waiting(place, _ -> true);

            place.patch(policy, "{\"spec\": {\"keepWarm\": {\"trusted\": \"0s\"}}}");

            place.isGone(warm.getMetadata().getName());
        }
    }

    @Test
    void aPodWaitsNoLongerThanThePolicySays() {
        try (var place = ScriptedNamespace.open("time")) {
            var policy = place.policy("{keepWarm: {trusted: 10s}}");
            place.pipeline(BUILD + "\ncache: {policy: " + policy.getMetadata().getName() + "}");
            place.finished(place.start());
            var warm = waiting(place, _ -> true);

            place.isGone(warm.getMetadata().getName());
        }
    }

    @Test
    void aRollbackEndsThePodAndTheNextRunStartsFromTheGeneration() {
        try (var place = ScriptedNamespace.open("back")) {
            place.pipeline(BUILD);
            place.finished(place.start());
            place.sealed(1);
            place.finished(place.start());
            place.sealed(2);
            var warm = waiting(place, _ -> true);

            place.patch(place.scope(ScriptedNamespace.MAIN), "{\"spec\": {\"rollbackTo\": 1}}");

            place.isGone(warm.getMetadata().getName());
            var run = place.finished(place.start());
            assertThat(TestNamespace.step(run, STEP).pod())
                    .contains(run.getMetadata().getName());
            assertThat(place.sealed(3).rolledBackTo()).isEqualTo(1);
        }
    }

    @Test
    @ResourceLock(FakeCluster.APART) // it ends the pods that wait for runs of other tests
    void aPodThatWaitsMakesRoomForOneThatFindsNoNode() {
        try (var place = ScriptedNamespace.openApart("room")) {
            place.pipeline(BUILD);
            place.finished(place.start());
            var warm = waiting(place, _ -> true);
            place.repository().commit("refs/heads/topic", "Dockerfile", "FROM busybox\nRUN true\n", place.commit());
            place.pods().on("-build-").isUnschedulable("0/1 nodes are available: 1 Insufficient cpu.");

            var run = place.start("refs/heads/topic");

            place.until(run, STEP, State.Pending, "Unschedulable");
            waiting(
                    place,
                    pod -> pod.getMetadata().getUid().equals(warm.getMetadata().getUid())
                            && Long.valueOf(1).equals(pod.getSpec().getActiveDeadlineSeconds()));
            place.cancel(run);
        }
    }

    @Test
    void aPodThatWaitsMakesRoomForOneThatTheQuotaDoesNotAllow() {
        try (var place = ScriptedNamespace.open("quota")) {
            place.pipeline(BUILD);
            place.finished(place.start());
            var warm = waiting(place, _ -> true);
            place.repository().commit("refs/heads/topic", "Dockerfile", "FROM busybox\nRUN true\n", place.commit());
            try (var _ = place.work().quota("one", "pods", 1)) {
                assertThat(place.finished(place.start("refs/heads/topic"))
                                .getStatus()
                                .phase())
                        .isEqualTo(Phase.Succeeded);
            }

            waiting(
                    place,
                    pod -> pod.getMetadata().getUid().equals(warm.getMetadata().getUid())
                            && Long.valueOf(1).equals(pod.getSpec().getActiveDeadlineSeconds()));
        }
    }

    @Test
    void aRunWhosePodEndsBeforeItIsTakenCreatesItsOwn() {
        try (var place = ScriptedNamespace.open("lost")) {
            place.pipeline(BUILD);
            place.finished(place.start());
            var warm = waiting(place, _ -> true);

            place.client().resource(warm).withGracePeriod(0).delete();
            var run = place.finished(place.start());

            assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
            place.sealed(2);
        }
    }

    /** Waits for a pod that is up and that no run has taken. */
    private static Pod waiting(ScriptedNamespace place, Predicate<Pod> which) {
        return place.work()
                .until(
                        "a pod that waits",
                        () -> place
                                .client()
                                .pods()
                                .inNamespace(place.namespace())
                                .withLabel(ObjectLabels.WARM)
                                .list()
                                .getItems()
                                .stream()
                                .filter(pod -> PodRun.of(pod).isEmpty()
                                        && pod.getStatus().getStartTime() != null
                                        && which.test(pod))
                                .findFirst());
    }

    private static List<Pod> pods(ScriptedNamespace place, PipelineRun run) {
        return place.client().pods().inNamespace(place.namespace()).list().getItems().stream()
                .filter(pod ->
                        PodRun.of(pod).equals(Optional.of(run.getMetadata().getName())))
                .toList();
    }
}
