package dev.hearth.pod.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.cluster.WatchedFields;
import dev.hearth.core.run.Observation;
import dev.hearth.core.status.StatusReason;
import dev.hearth.pod.registry.ArtifactUploadPod;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What pods of tasks say as kubelets, the scheduler and controllers write it. */
class TaskPodStatusTest {
    /** Pods are read as watches read them. */
    private static final KubernetesSerialization WATCHED = WatchedFields.ofPods();

    private static final Instant CREATED = Instant.parse("2026-01-01T00:00:00Z");
    private static final String ENDED = """
            containerStatuses:
            - name: task
              state: {terminated: {exitCode: %d, reason: %s, startedAt: "2026-01-01T00:00:10Z", finishedAt: "2026-01-01T00:00:20Z", message: log}}
            """;

    private final PodReader reader = new PodReader(Duration.ofMinutes(1), Duration.ofMinutes(15));

    @ParameterizedTest
    @CsvSource({
        "EvictionByEvictionAPI, Evicted",
        "TerminationByKubelet, Evicted",
        "PreemptionByScheduler, Preempted",
        "DeletionByTaintManager, NodeLost",
        "DeletionByPodGC, NodeLost"
    })
    void disruptionIsNoFailureOfTheCommand(String condition, Reason reason) {
        var seen = task(
                "phase: Failed\nconditions: [{type: DisruptionTarget, status: \"True\", reason: %s, message: why}]\n"
                                .formatted(condition)
                        + ENDED.formatted(143, "Error"));

        assertBroken(seen, reason, Failure.Infrastructure);
    }

    @ParameterizedTest
    @CsvSource({
        "Evicted, Evicted, why",
        "NodeLost, NodeLost, why",
        "Terminated, NodeShutdown, why",
        "Preempting, Preempted, why",
        "OutOfcpu, NodeRejected, OutOfcpu: why",
        "NodeAffinity, NodeRejected, NodeAffinity: why",
        "UnexpectedAdmissionError, NodeRejected, UnexpectedAdmissionError: why",
        "SomethingNew, PodFailed, SomethingNew: why",
        // No word of a stranger's becomes a reason, though Hearth has one of that name.
        "Succeeded, PodFailed, Succeeded: why"
    })
    void whatTheKubeletRejectsOrEvictsNeverRan(String word, Reason reason, String message) {
        var seen = task("phase: Failed\nreason: " + word + "\nmessage: why");

        assertBroken(seen, reason, Failure.Infrastructure);
        assertThat(((Observation.Broken) seen).why().message()).isEqualTo(message);
    }

    @ParameterizedTest
    @ValueSource(ints = {137, 143})
    void whoEndedItIsOnlyKnownWithThePodsLastPhase(int exit) {
        var killed = ENDED.formatted(exit, "Error");

        assertThat(task("phase: Running\n" + killed)).isInstanceOf(Observation.Running.class);
        assertBroken(
                task("phase: Failed\nreason: Evicted\nmessage: low\n" + killed),
                Reason.Evicted,
                Failure.Infrastructure);
        assertBroken(task("phase: Failed\nreason: DeadlineExceeded\n" + killed), Reason.TimedOut, Failure.Timeout);
        assertBroken(task("phase: Failed\n" + killed), Reason.TaskFailed, Failure.Command);
    }

    @Test
    void aPodThatIsTakenAwaySaysSoWhileItsCommandRuns() {
        var seen = task("""
                phase: Running
                conditions: [{type: DisruptionTarget, status: "True", reason: EvictionByEvictionAPI, message: why}]
                containerStatuses: [{name: task, state: {running: {startedAt: "2026-01-01T00:00:10Z"}}}]
                """);

        assertThat(seen)
                .isInstanceOfSatisfying(
                        Observation.Running.class,
                        running -> assertThat(running.leaving()).contains(new StatusReason(Reason.Evicted, "why")));
    }

    @Test
    void otherExitsAreTheCommandsOwnAtOnce() {
        assertBroken(task("phase: Running\n" + ENDED.formatted(1, "Error")), Reason.TaskFailed, Failure.Command);
        assertThat(task("phase: Running\n" + ENDED.formatted(0, "Completed"))).isInstanceOf(Observation.Done.class);
    }

    @Test
    void whatEndsBadlyAfterItsTimeHasReachedIt() {
        var pod = pod("phase: Running\n" + ENDED.formatted(1, "Error"), "");

        assertBroken(reader.task(pod, Duration.ofSeconds(10)), Reason.TimedOut, Failure.Timeout);
        assertBroken(reader.task(pod, Duration.ofSeconds(11)), Reason.TaskFailed, Failure.Command);
    }

    @Test
    void deletedPodIsNotItsCommandsFailure() {
        var pod = pod("phase: Running\n" + ENDED.formatted(143, "Error"), "");
        pod.getMetadata().setDeletionTimestamp("2026-01-01T00:00:15Z");

        assertBroken(reader.task(pod, Duration.ofMinutes(5)), Reason.PodDeleted, Failure.Infrastructure);
    }

    @Test
    void memoryIsTheTasksWhereItHasALimitElseTheNodes() {
        var killed = "phase: Running\n" + ENDED.formatted(137, "OOMKilled");

        assertBroken(
                reader.task(pod(killed, "resources: {limits: {memory: 1Gi}}"), Duration.ofMinutes(5)),
                Reason.OutOfMemory,
                Failure.OutOfMemory);
        assertBroken(task(killed), Reason.NodeOutOfMemory, Failure.Infrastructure);
    }

    @ParameterizedTest
    @CsvSource({
        "InvalidImageName, bad, true, Setup",
        "ErrImageNeverPull, absent, true, Setup",
        "ErrImagePull, manifest unknown, false, Setup",
        "ImagePullBackOff, 'pull access denied', false, Setup",
        "ImagePullBackOff, 'dial tcp: i/o timeout', false, Infrastructure"
    })
    void imageThatDoesNotCome(String reason, String message, boolean atOnce, Failure fault) {
        var seen = waiting(task("phase: Pending\n" + waitingStatus("containerStatuses", "task", reason, message)));

        assertThat(seen.reason()).isEqualTo(Reason.ImagePullFailed);
        assertThat(seen.fault()).isEqualTo(fault);
        assertThat(seen.patience()).hasValue(atOnce ? Instant.EPOCH : CREATED.plusSeconds(60));
    }

    @Test
    void podWithoutNodeHasItsOwnLimit() {
        var seen = waiting(
                task(
                        "phase: Pending\nconditions: [{type: PodScheduled, status: \"False\", reason: Unschedulable, message: 0/1 nodes}]"));

        assertThat(seen.reason()).isEqualTo(Reason.Unschedulable);
        assertThat(seen.message()).contains("0/1 nodes");
        assertThat(seen.patience()).hasValue(CREATED.plus(Duration.ofMinutes(15)));
    }

    @Test
    void missingSecretIsThePipelinesMistake() {
        var seen = waiting(task("phase: Pending\n"
                + waitingStatus("containerStatuses", "task", "CreateContainerConfigError", "secret \"s\" not found")));

        assertThat(seen.fault()).isEqualTo(Failure.Setup);
    }

    /** The kubelet makes a folder that is missing, unless the volume is mounted read-only as a whole. */
    @ParameterizedTest
    @CsvSource({
        "directory, artifacts, Setup, 'does not exist on volume main-files, as if its artifact had been removed: start the run again'",
        "directory, own, Infrastructure, 'cannot make a folder on volume own-claim, which may be full or damaged: enlarge storage.size'",
        "'', own, Infrastructure, 'cannot make a folder on volume own-claim'"
    })
    void folderThatCannotBeMountedIsExplained(String what, String mount, Failure fault, String expected) {
        var seen = waiting(task("phase: Pending\n" + unmountable(what, mount)));

        assertThat(seen.reason()).isEqualTo(Reason.CreateContainerConfigError);
        assertThat(seen.message()).contains(expected).doesNotContain("subPath");
        assertThat(seen.patience()).hasValue(CREATED.plusSeconds(60));
        assertThat(seen.fault()).isEqualTo(fault);
    }

    @ParameterizedTest
    @ValueSource(strings = {"empty", "unknown"})
    void folderOfAnotherVolumeIsNotExplained(String mount) {
        assertThat(waiting(task("phase: Pending\n" + unmountable("directory", mount)))
                        .message())
                .startsWith("its container refers to an object that does not exist: failed to create subPath");
    }

    private static String unmountable(String what, String mount) {
        return waitingStatus(
                "containerStatuses",
                "task",
                "CreateContainerConfigError",
                "failed to create " + ("subPath " + what).strip() + " for volumeMount \"" + mount
                        + "\" of container \"task\"");
    }

    @Test
    void serviceThatIsNotReadyYetIsWaitedForAsLongAsItMay() {
        var seen = waiting(task("""
                phase: Pending
                initContainerStatuses:
                - {name: service-db, started: false, state: {running: {startedAt: "2026-01-01T00:00:05Z"}}}
                """));

        assertThat(seen.reason()).isEqualTo(Reason.ServiceNotReady);
        assertThat(seen.message()).isEqualTo("waiting for service db to be ready, at most 30 s");
        assertThat(seen.patience()).hasValue(CREATED.plusSeconds(35));
        assertThat(seen.fault()).isEqualTo(Failure.Service);
    }

    @Test
    void serviceThatEndedOrWasEndedBeforeItWasReadyIsAFailure() {
        var seen = waiting(task("""
                phase: Pending
                initContainerStatuses:
                - name: service-db
                  started: false
                  restartCount: 1
                  state: {waiting: {reason: CrashLoopBackOff, message: back-off}}
                  lastState: {terminated: {exitCode: 3, finishedAt: "2026-01-01T00:00:06Z"}}
                """));

        assertThat(seen.message()).startsWith("service db ended with exit code 3");
        assertThat(seen.patience()).hasValue(Instant.EPOCH);
    }

    @Test
    void readyServiceHoldsNothingUp() {
        var seen = waiting(task("""
                phase: Pending
                initContainerStatuses:
                - {name: service-db, started: true, state: {running: {startedAt: "2026-01-01T00:00:05Z"}}}
                containerStatuses:
                - {name: task, state: {waiting: {reason: PodInitializing}}}
                """));

        assertThat(seen.reason()).isEqualTo(Reason.Starting);
    }

    @Test
    void serviceWithoutAProbeThatDoesNotStayUpIsAFailureOfTheService() {
        var seen = waiting(task("phase: Pending\n"
                + waitingStatus("initContainerStatuses", "service-plain", "CrashLoopBackOff", "back-off")));

        assertThat(seen.fault()).isEqualTo(Failure.Service);
        assertThat(seen.message()).contains("service-plain");
    }

    @Test
    void publicationThatSaysNotWhereIsNone() {
        assertBroken(
                reader.artifactUpload(pod(
                        "phase: Running\n"
                                + ENDED.formatted(0, "Completed").replace("task", ArtifactUploadPod.CONTAINER),
                        "")),
                Reason.PublicationLost,
                Failure.Infrastructure);
    }

    @Test
    void fileThatIsNotThereIsThePipelinesMistake() {
        var seen = reader.listing(
                pod("phase: Running\n" + ENDED.formatted(1, "Error").replace("task", "list"), ""));

        assertBroken(seen, Reason.ListFileNotFound, Failure.Setup);
    }

    private static void assertBroken(Observation.OfPod seen, Reason reason, Failure fault) {
        assertThat(seen).isInstanceOfSatisfying(Observation.Broken.class, broken -> {
            assertThat(broken.why().reason()).isEqualTo(reason);
            assertThat(broken.fault()).isEqualTo(fault);
            assertThat(broken.why().message()).isNotBlank();
        });
    }

    private static Observation.Waiting waiting(Observation.OfPod seen) {
        assertThat(seen).isInstanceOf(Observation.Waiting.class);
        return (Observation.Waiting) seen;
    }

    private static String waitingStatus(String list, String name, String reason, String message) {
        return "%s: [{name: %s, state: {waiting: {reason: %s, message: '%s'}}}]".formatted(list, name, reason, message);
    }

    private Observation.OfPod task(String status) {
        return reader.task(pod(status, ""), Duration.ofMinutes(5));
    }

    private static Pod pod(String status, String task) {
        return WATCHED.unmarshal("""
                metadata: {name: pod, creationTimestamp: "2026-01-01T00:00:00Z"}
                spec:
                  initContainers:
                  - {name: service-db, restartPolicy: Always, startupProbe: {failureThreshold: 30}}
                  - {name: service-plain, restartPolicy: Always}
                  volumes:
                  - {name: artifacts, persistentVolumeClaim: {claimName: main-files, readOnly: true}}
                  - {name: own, persistentVolumeClaim: {claimName: own-claim}}
                  - {name: empty, emptyDir: {}}
                  containers:
                  - name: task
                %s
                status:
                %s
                """.formatted(task.indent(4), status.indent(2)), Pod.class);
    }
}
