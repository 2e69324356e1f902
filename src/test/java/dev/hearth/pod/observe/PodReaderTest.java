package dev.hearth.pod.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.buildkit.SolveReportReader;
import dev.hearth.cluster.WatchedFields;
import dev.hearth.core.run.BuildResultBuilder;
import dev.hearth.core.run.Observation;
import dev.hearth.core.run.StepOutputs;
import dev.hearth.core.status.StatusReason;
import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PodReaderTest {
    /** Pods are read as watches read them. */
    private static final KubernetesSerialization WATCHED = WatchedFields.ofPods();

    private static final String HEAD = """
            metadata: {name: pod, creationTimestamp: "2026-01-01T00:00:00Z"}
            status:
              conditions: [{type: PodScheduled, status: "True", lastTransitionTime: "2026-01-01T00:00:01Z"}]
            """;
    private final PodReader reader = new PodReader(Duration.ofMinutes(1), Duration.ofMinutes(15));

    @Test
    void stepHasEndedWhenItsContainerHasThoughThePodHasNot() {
        var done = build("""
                  phase: Running
                  containerStatuses:
                  - name: image
                    state:
                      terminated:
                        exitCode: 0
                        startedAt: "2026-01-01T00:00:05Z"
                        finishedAt: "2026-01-01T00:00:09Z"
                        message: '{"version":1,"cached":3,"executed":1}'
                """);

        assertThat(done)
                .isEqualTo(new Observation.Done(
                        Instant.parse("2026-01-01T00:00:05Z"),
                        Instant.parse("2026-01-01T00:00:09Z"),
                        Optional.of(BuildResultBuilder.builder()
                                .cached(3)
                                .executed(1)
                                .build()),
                        StepOutputs.NOTHING));
    }

    @Test
    void failedSolveSaysWhatItsLogSays() {
        var broken = build("""
                  phase: Running
                  containerStatuses:
                  - name: image
                    state: {terminated: {exitCode: 1, finishedAt: "2026-01-01T00:00:09Z", message: "failed to read dockerfile: open x"}}
                """);

        assertThat(broken).isInstanceOfSatisfying(Observation.Broken.class, it -> {
            assertThat(it.why().reason()).isEqualTo(Reason.DockerfileNotFound);
            assertThat(it.exitCode()).hasValue(1);
        });
    }

    @Test
    void onlyAnUntrustedPodIsToldOfItsNetwork() {
        for (boolean untrusted : new boolean[] {true, false}) {
            var pod = WATCHED.unmarshal(HEAD + """
                      phase: Running
                      containerStatuses:
                      - name: image
                        state: {terminated: {exitCode: 1, finishedAt: "2026-01-01T00:00:09Z", message: "error: failed to solve: failed to push r/a: dial tcp 10.0.0.1:443: i/o timeout"}}
                    """, Pod.class);
            pod.getMetadata().setLabels(Map.of(ObjectLabels.TRUST, untrusted ? "Untrusted" : "Trusted"));

            assertThat(reader.build(pod, "image", _ -> Optional.empty()))
                    .isInstanceOfSatisfying(
                            Observation.Broken.class,
                            it -> assertThat(it.why().message().contains("network.untrusted.allow"))
                                    .isEqualTo(untrusted));
        }
    }

    @Test
    void timeLimitOfThePodIsNotTheStepsFailure() {
        var broken = build("""
                  phase: Failed
                  reason: DeadlineExceeded
                  containerStatuses:
                  - {name: image, state: {terminated: {exitCode: 137, finishedAt: "2026-01-01T00:00:09Z"}}}
                """);

        assertThat(reason(broken)).isEqualTo(Reason.TimedOut);
    }

    @Test
    void timeLimitSaysWhatTheCommandWasAt() {
        var broken = task("""
                  phase: Failed
                  reason: DeadlineExceeded
                  containerStatuses:
                  - {name: task, state: {terminated: {exitCode: 137, finishedAt: "2026-01-01T00:00:09Z", message: waits for a lock}}}
                """);

        assertThat(why(broken))
                .isEqualTo(
                        new StatusReason(
                                Reason.TimedOut,
                                "the step reached its timeout and was ended: make it faster, or raise timeout in the pipeline\nwaits for a lock"));
    }

    @Test
    void commandThatCannotStartHasNoBeginning() {
        var broken = (Observation.Broken) task("""
                  phase: Failed
                  containerStatuses:
                  - name: task
                    state:
                      terminated:
                        exitCode: 128
                        reason: StartError
                        message: no such file
                        startedAt: "1970-01-01T00:00:00Z"
                        finishedAt: "2026-01-01T00:00:09Z"
                """);

        assertThat(broken.since()).isEmpty();
        assertThat(broken).returns(Failure.Setup, Observation.Broken::fault);
    }

    @Test
    void serviceThatEndedIsNamedByTheCommandThatFailed() {
        assertThat(why(withService("00:00:05", 1)).message())
                .isEqualTo("service db ended with exit code 8 while the command ran\nlog");
        // As every service does once the command has.
        assertThat(why(withService("00:00:09", 1)).message()).isEqualTo("log");
    }

    @Test
    void serviceThatEndedIsNamedByTheCommandThatWentWell() {
        assertThat(noted("00:00:05")).isEqualTo("service db ended with exit code 8 while the command ran");
        // It was started again before it was ready, so the command met one that lived.
        assertThat(noted("00:00:01")).isNull();
        assertThat(noted("00:00:09")).isNull();
    }

    private @Nullable String noted(String serviceEnd) {
        return ((Observation.Done) withService(serviceEnd, 0)).kept().note();
    }

    private Observation withService(String serviceEnd, int exitCode) {
        return task("""
                  phase: Running
                  initContainerStatuses:
                  - name: service-db
                    lastState: {terminated: {exitCode: 8, finishedAt: "2026-01-01T%sZ"}}
                    state: {waiting: {reason: CrashLoopBackOff}}
                  containerStatuses:
                  - name: task
                    state: {terminated: {exitCode: %d, startedAt: "2026-01-01T00:00:02Z", finishedAt: "2026-01-01T00:00:09Z", message: log}}
                spec:
                  initContainers: [{name: service-db, restartPolicy: Always}]
                  containers: [{name: task}]
                """.formatted(serviceEnd, exitCode));
    }

    @Test
    void listThatIsNotInTheArtifactIsThePipelinesMistake() {
        var broken = (Observation.Broken) reader.listing(pod("""
                  phase: Failed
                  containerStatuses:
                  - {name: list, state: {terminated: {exitCode: 1, finishedAt: "2026-01-01T00:00:09Z", message: "no x"}}}
                """));

        assertThat(broken)
                .returns(Failure.Setup, Observation.Broken::fault)
                .returns(Reason.ListFileNotFound, it -> it.why().reason());
    }

    @Test
    void evictedPodBreaksAStepThatNeverRan() {
        assertThat(reason(build("  phase: Failed\n  reason: Evicted\n  message: low on disk\n")))
                .isEqualTo(Reason.Evicted);
    }

    @Test
    void memoryThatRanOutHasItsOwnWord() {
        var broken = build("""
                  phase: Running
                  containerStatuses:
                  - {name: image, state: {terminated: {exitCode: 137, reason: OOMKilled, finishedAt: "2026-01-01T00:00:09Z"}}}
                """);

        assertThat(reason(broken)).isEqualTo(Reason.NodeOutOfMemory);
        assertThat(((Observation.Broken) broken).fault()).isEqualTo(Failure.Infrastructure);
    }

    @Test
    void memoryOverItsOwnLimitIsTheContainersFault() {
        var pod = WATCHED.unmarshal(HEAD + """
                  phase: Running
                  containerStatuses:
                  - {name: image, state: {terminated: {exitCode: 137, reason: OOMKilled, finishedAt: "2026-01-01T00:00:09Z"}}}
                spec:
                  containers: [{name: image, resources: {limits: {memory: 64Mi}}}]
                """, Pod.class);

        var broken = reader.build(pod, "image", SolveReportReader::read);

        assertThat(((Observation.Broken) broken))
                .returns(Failure.OutOfMemory, Observation.Broken::fault)
                .returns(Reason.OutOfMemory, it -> it.why().reason());
    }

    @Test
    void imageThatCannotBePulledIsWaitedForAWhile() {
        var waiting = build("""
                  phase: Pending
                  containerStatuses:
                  - {name: image, state: {waiting: {reason: ImagePullBackOff, message: no such image}}}
                """);

        assertThat(waiting)
                .isEqualTo(new Observation.Waiting(
                        Reason.ImagePullFailed,
                        "cannot pull the image: no such image",
                        Optional.of(Instant.parse("2026-01-01T00:01:01Z")),
                        Failure.Infrastructure));
    }

    @Test
    void daemonThatDoesNotStayUpIsSeenBehindTheWaitingSolve() {
        var waiting = build("""
                  phase: Pending
                  initContainerStatuses:
                  - {name: buildkitd, state: {waiting: {reason: CrashLoopBackOff, message: back-off}}}
                  containerStatuses:
                  - {name: image, state: {waiting: {reason: PodInitializing}}}
                """);

        assertThat(waiting)
                .isInstanceOfSatisfying(
                        Observation.Waiting.class, it -> assertThat(it.reason()).isEqualTo(Reason.DaemonFailed));
    }

    @Test
    void commitThatCannotBeFetchedBreaksItsStepsAtOnceAndInGitsWords() {
        var status = """
                  phase: %s
                  initContainerStatuses:
                  - name: fetch
                    state:
                      terminated:
                        exitCode: 1
                        finishedAt: "2026-01-01T00:00:09Z"
                        message: "fatal: Authentication failed for 'https://git.example/app.git/'\n"
                  containerStatuses:
                  - {name: image, state: {waiting: {reason: PodInitializing}}}
                """;

        assertThat(List.of(build(status.formatted("Pending")), build(status.formatted("Failed"))))
                .allSatisfy(observed -> assertThat(observed).isInstanceOfSatisfying(Observation.Broken.class, it -> {
                    assertThat(it.why().reason()).isEqualTo(Reason.SourceFetchFailed);
                    assertThat(it.why().message())
                            .contains("spec.source.credentials")
                            .endsWith("fatal: Authentication failed for 'https://git.example/app.git/'");
                    assertThat(it.at()).isEqualTo("2026-01-01T00:00:09Z");
                    assertThat(it.exitCode()).isEmpty();
                }));
    }

    /** A run may take a pod in the moment in which its containers stop to wait. */
    @Test
    void podThatEndedJustAsItWasTakenIsNotTheRunsFailure() {
        var unused = "hearth: no run has used this pod within 3600 s";
        for (String statuses : List.of("initContainerStatuses: [{name: fetch", "containerStatuses: [{name: image")) {
            var broken = build("""
                      phase: Running
                      %s, state: {terminated: {exitCode: 1, finishedAt: "2026-01-01T00:00:09Z", message: "%s"}}}]
                    """.formatted(statuses, unused));

            assertThat(broken).isInstanceOfSatisfying(Observation.Broken.class, it -> {
                assertThat(it.why()).isEqualTo(new StatusReason(Reason.PodLost, unused));
                assertThat(it.fault()).isEqualTo(Failure.Infrastructure);
            });
        }
    }

    @ParameterizedTest
    @CsvSource({
        "2026-01-01T00:30:00Z, 2026-01-01T00:30:00Z",
        "2026-01-01T00:00:02Z, 2026-01-01T00:00:05Z", // before the container started
        "2036-01-01T00:00:00Z, 2026-01-01T00:40:00Z", // after the last write of the pod
        "some day, 2026-01-01T00:00:05Z",
        ", 2026-01-01T00:00:05Z"
    })
    void solveOfAPodThatWasWarmBeginsWhenItsRunTookThePod(@Nullable String taken, Instant since) {
        var pod = warm("{running: {startedAt: '2026-01-01T00:00:05Z'}}");
        if (taken != null) {
            pod.getMetadata().setAnnotations(Map.of(ObjectLabels.TAKEN_AT, taken));
        }

        assertThat(reader.build(pod, "image", _ -> Optional.empty())).isEqualTo(new Observation.Running(since));
    }

    @Test
    void solveThatEndedInAPodThatWasWarmBeganWhenItsRunTookThePod() {
        var ended = "{terminated: {exitCode: %d, startedAt: '2026-01-01T00:00:05Z', finishedAt: '%s'}}";
        var taken = Map.of(ObjectLabels.TAKEN_AT, "2026-01-01T00:30:00Z");
        var since = Instant.parse("2026-01-01T00:30:00Z");
        var done = warm(ended.formatted(0, "2026-01-01T00:31:00Z"));
        var broken = warm(ended.formatted(1, "2026-01-01T00:32:00Z"));
        var before = warm(ended.formatted(1, "2026-01-01T00:29:59Z"));
        Stream.of(done, broken, before).forEach(pod -> pod.getMetadata().setAnnotations(taken));

        assertThat(reader.build(done, "image", _ -> Optional.empty()))
                .isEqualTo(new Observation.Done(
                        since, Instant.parse("2026-01-01T00:31:00Z"), Optional.empty(), StepOutputs.NOTHING));
        assertThat(reader.build(broken, "image", _ -> Optional.empty()))
                .isInstanceOfSatisfying(
                        Observation.Broken.class, it -> assertThat(it.since()).hasValue(since));
        assertThat(reader.build(before, "image", _ -> Optional.empty()))
                .isInstanceOfSatisfying(
                        Observation.Broken.class,
                        it -> assertThat(it.since()).hasValue(Instant.parse("2026-01-01T00:29:59Z")));
    }

    /** The patience of earlier runs, or of none, is not that of this one. */
    @Test
    void waitOfAPodThatWasWarmCountsFromWhenItsRunTookThePod() {
        var pulls = warm("{waiting: {reason: ImagePullBackOff, message: busy}}");
        var starts = warm("{waiting: {reason: PodInitializing}}");
        var taken = Map.of(ObjectLabels.TAKEN_AT, "2026-01-01T00:30:00Z");
        Stream.of(pulls, starts).forEach(pod -> pod.getMetadata().setAnnotations(taken));

        assertThat(reader.build(pulls, "image", _ -> Optional.empty()))
                .isInstanceOfSatisfying(
                        Observation.Waiting.class,
                        it -> assertThat(it.patience()).hasValue(Instant.parse("2026-01-01T00:31:00Z")));
        assertThat(reader.build(starts, "image", _ -> Optional.empty()))
                .isInstanceOfSatisfying(
                        Observation.Waiting.class,
                        it -> assertThat(it.patience()).hasValue(Instant.parse("2026-01-01T00:45:00Z")));
    }

    /** Returns a pod that was created at midnight and last written 40 minutes later. */
    private static Pod warm(String state) {
        return WATCHED.unmarshal("""
                metadata:
                  name: pod
                  creationTimestamp: "2026-01-01T00:00:00Z"
                  managedFields: [{manager: kubelet, time: "2026-01-01T00:40:00Z"}]
                status:
                  phase: Running
                  conditions: [{type: PodScheduled, status: "True", lastTransitionTime: "2026-01-01T00:00:01Z"}]
                  containerStatuses: [{name: image, state: %s}]
                """.formatted(state), Pod.class);
    }

    @Test
    void fetchThatTheTimeLimitEndedIsNotGitsFailure() {
        var broken = build("""
                  phase: Failed
                  reason: DeadlineExceeded
                  initContainerStatuses:
                  - {name: fetch, state: {terminated: {exitCode: 143, finishedAt: "2026-01-01T00:00:09Z"}}}
                """);

        assertThat(reason(broken)).isEqualTo(Reason.TimedOut);
    }

    @Test
    void fetchedCommitIsNoFailure() {
        var waiting = build("""
                  phase: Pending
                  initContainerStatuses:
                  - {name: fetch, state: {terminated: {exitCode: 0, finishedAt: "2026-01-01T00:00:09Z"}}}
                  - {name: source, state: {running: {startedAt: "2026-01-01T00:00:10Z"}}}
                """);

        assertThat(waiting).isInstanceOf(Observation.Waiting.class);
    }

    @Test
    void daemonThatCannotStartSaysWhyWhileItsClientWaitsForIt() {
        var waiting = build("""
                  phase: Running
                  initContainerStatuses:
                  - name: buildkitd
                    state: {waiting: {reason: CrashLoopBackOff, message: back-off}}
                    lastState: {terminated: {exitCode: 1, message: "buildkitd: snapshotter not supported: overlayfs"}}
                  containerStatuses:
                  - {name: image, state: {running: {startedAt: "2026-01-01T00:00:05Z"}}}
                """);

        assertThat(waiting)
                .isEqualTo(new Observation.Waiting(
                        Reason.DaemonFailed,
                        "BuildKit keeps failing: buildkitd: snapshotter not supported: overlayfs",
                        Optional.of(Instant.parse("2026-01-01T00:01:01Z")),
                        Failure.Infrastructure));
    }

    /** The kubelet takes the end of the log if the agent could not report. It may be a trace, in which no Secret is masked. */
    @Test
    void lastWordsOfADaemonHaveNoTraceInThem() {
        var waiting = build("""
                  phase: Running
                  initContainerStatuses:
                  - name: buildkitd
                    state: {waiting: {reason: CrashLoopBackOff, message: back-off}}
                    lastState: {terminated: {exitCode: 137, message: "%s\\nhearth-trace image H4sI\\nhearth-trace image end\\npanic: lost"}}
                  containerStatuses:
                  - {name: image, state: {running: {startedAt: "2026-01-01T00:00:05Z"}}}
                """.formatted("H4sI".repeat(20)));

        assertThat(waiting)
                .isInstanceOfSatisfying(
                        Observation.Waiting.class,
                        it -> assertThat(it.message()).isEqualTo("BuildKit keeps failing: panic: lost"));
    }

    @Test
    void newPodIsStarting() {
        assertThat(build("  phase: Pending\n"))
                .isEqualTo(new Observation.Waiting(
                        Reason.Starting,
                        "its pod is starting",
                        Optional.of(Instant.parse("2026-01-01T00:15:00Z")),
                        Failure.Infrastructure));
    }

    private Observation build(String status) {
        var pod = WATCHED.unmarshal(HEAD + status, Pod.class);
        return reader.build(pod, "image", SolveReportReader::read);
    }

    private Observation task(String rest) {
        return reader.task(pod(rest), Duration.ofMinutes(1));
    }

    private static Pod pod(String rest) {
        return WATCHED.unmarshal(HEAD + rest, Pod.class);
    }

    private static StatusReason why(Observation observation) {
        return ((Observation.Broken) observation).why();
    }

    private static Reason reason(Observation observation) {
        return ((Observation.Broken) observation).why().reason();
    }
}
