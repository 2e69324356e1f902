package dev.hearth.e2e;

import static dev.hearth.testbed.TestNamespace.condition;
import static dev.hearth.testbed.TestNamespace.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.api.StepStatus.State;
import dev.hearth.api.TestSummary;
import dev.hearth.core.secret.SecretConsent;
import dev.hearth.testbed.FailedStep;
import dev.hearth.testbed.TestNamespace;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * What commands, services and the pipeline's own words do wrong, provoked for real: each kind of failure has a reason and
 * a message of its own, and what does not need the step goes on.
 */
class FailuresE2E {
    /** Ends when its pod is told to, which a shell that is a container's first process does not do by itself. */
    private static final String SLEEP = "trap 'exit 1' TERM; sleep 300 & wait";

    /** A service that lives until the command calls it, however long the pod takes to begin. */
    private static final String UNTIL_CALLED = "busybox nc -l -p 5000";

    /** Calls that service, and lives longer by more than the second to which the kubelet tells times. */
    private static final String CALL = "until echo | busybox nc localhost 5000; do sleep 1; done; sleep 2";

    private static final String VALUE = "correct-horse-9";

    @Test
    void commandsAndServicesThatFail() {
        try (var work = TestNamespace.open("failures");
                var repository = work.repository()) {
            var commit = MinimalPipeline.push(repository);
            work.apply(MinimalPipeline.pipeline(repository, """
                    tasks:
                    - {name: unit, image: busybox, retries: 1, command: [sh, -c, "echo 2 of 3 tests failed; exit 3"]}
                    - {name: after, image: busybox, needs: [unit], command: ["true"]}
                    - {name: lint, image: busybox, command: ["true"]}
                    - name: hungry
                      image: busybox
                      resources: {limits: {memory: 32Mi}}
                      command: [sh, -c, "echo sorts everything; exec tail /dev/zero"]
                    - {name: empty, image: busybox, artifact: {path: /out}, command: ["true"]}
                    - {name: lists, image: busybox, artifact: {path: /lists}, command: [touch, /lists/other.json]}
                    - {name: missing, image: busybox, artifacts: [lists], command: ["true"],
                       matrix: {from: {artifact: lists, file: missing.json}}}
                    - name: noisy
                      image: busybox
                      reports: {junit: ["/reports/*.xml"]}
                      command:
                      - sh
                      - -c
                      - |
                        echo '<testsuite><testcase name="one"/></testsuite>' >/reports/small.xml
                        head -c 3145728 /dev/zero >/reports/large.xml
                        echo 1 of 3 tests failed
                        exit 1
                    - name: fast
                      image: busybox
                      matrix: {axes: {leg: [bad, slow]}, failFast: true}
                      command: [sh, -c, "[ {matrix.leg} = slow ] || exit 1; %s"]
                    - name: unready
                      image: busybox
                      services:
                      - name: db
                        image: busybox
                        command: [sh, -c, "echo waits for a license; %1$s"]
                        ready: {tcp: 5432, within: 5s}
                      command: ["true"]
                    - name: ended
                      image: busybox
                      services:
                      - {name: db, image: busybox, command: [sh, -c, "echo no config; exit 7"], ready: {tcp: 5432}}
                      command: ["true"]
                    - name: left
                      image: busybox
                      services:
                      - {name: db, image: busybox, command: [sh, -c, "%2$s; exit 8"], ready: {command: ["true"]}}
                      command: [sh, -c, "%3$s; echo connection refused; exit 1"]
                    """.formatted(SLEEP, UNTIL_CALLED, CALL)));

            var run = work.finishedRunOf(commit);

            assertThat(run.getStatus().phase()).isEqualTo(Phase.Failed);
            assertThat(FailedStep.of(run, "unit", "TaskFailed", Failure.Command))
                    .returns(3, StepStatus::exitCode)
                    .returns(2, StepStatus::attempts)
                    .returns(null, StepStatus::infrastructureFailures)
                    .returns("2 of 3 tests failed", StepStatus::message);
            assertThat(step(run, "after")).returns(State.Skipped, StepStatus::state);
            assertThat(step(run, "lint")).returns(State.Succeeded, StepStatus::state);
            assertThat(FailedStep.of(run, "hungry", "OutOfMemory", Failure.OutOfMemory)
                            .message())
                    .contains("more memory than its limit", "sorts everything");
            assertThat(FailedStep.of(run, "empty", "ArtifactMissing", Failure.Command)
                            .message())
                    .contains("/out", "artifact.path");
            assertThat(FailedStep.of(run, "missing", "ListFileNotFound", Failure.Setup)
                            .message())
                    .contains("missing.json", "matrix.from");
            var left = "reports/large.xml was left out: it is larger than 2 MiB; its tests are not counted";
            assertThat(FailedStep.of(run, "noisy", "TaskFailed", Failure.Command))
                    .returns("1 of 3 tests failed\n" + left, StepStatus::message)
                    .extracting(StepStatus::tests)
                    .returns(1, TestSummary::passed)
                    .returns(List.of(left), TestSummary::problems);
            assertThat(FailedStep.of(run, "fast[leg=bad]", "TaskFailed", Failure.Command))
                    .returns("the command failed without output", StepStatus::message);
            assertThat(step(run, "fast[leg=slow]"))
                    .returns(State.Cancelled, StepStatus::state)
                    .returns("FailFast", StepStatus::reason)
                    .returns("fast[leg=bad] failed, and failFast of the matrix is true", StepStatus::message);
            assertThat(FailedStep.of(run, "unready", "ServiceNotReady", Failure.Service)
                            .message())
                    .contains("service db", "waits for a license");
            assertThat(FailedStep.of(run, "ended", "ServiceNotReady", Failure.Service)
                            .message())
                    .contains("service db ended with exit code 7", "no config");
            assertThat(FailedStep.of(run, "left", "TaskFailed", Failure.Command))
                    .returns(
                            "service db ended with exit code 8 while the command ran\nconnection refused",
                            StepStatus::message);
        }
    }

    @Test
    void failuresThatARunSucceedsWith() {
        try (var work = TestNamespace.open("tolerated");
                var repository = work.repository()) {
            var commit = MinimalPipeline.push(repository);
            work.apply(MinimalPipeline.pipeline(repository, """
                    tasks:
                    - name: flaky
                      image: busybox
                      retries: 2
                      command: [sh, -c, "case $HOSTNAME in *-2) echo passes;; *) echo fails; exit 1;; esac"]
                    - {name: lint, image: busybox, continueOnError: true, command: [sh, -c, "echo 3 warnings; exit 1"]}
                    - {name: after, image: busybox, needs: [flaky, lint], command: ["true"]}
                    - {name: empty, image: busybox, artifact: {path: /out, ifMissing: Warn}, command: ["true"]}
                    - {name: user, image: busybox, artifacts: [empty], command: ["true"]}
                    - name: outlives
                      image: busybox
                      services:
                      - {name: db, image: busybox, command: [sh, -c, "echo lives; %s; exit 9"], ready: {command: ["true"]}}
                      command: [sh, -c, "%s"]
                    """.formatted(UNTIL_CALLED, CALL)));

            var run = CacheFixture.succeeded(work.finishedRunOf(commit));

            assertThat(step(run, "flaky"))
                    .returns(State.Succeeded, StepStatus::state)
                    .returns(true, StepStatus::flaky)
                    .returns(2, StepStatus::attempts)
                    .returns(null, StepStatus::infrastructureFailures)
                    .returns(null, StepStatus::failure);
            assertThat(FailedStep.of(run, "lint", "TaskFailed", Failure.Command))
                    .returns(true, StepStatus::ignored)
                    .returns("3 warnings", StepStatus::message);
            assertThat(step(run, "after")).returns(State.Succeeded, StepStatus::state);
            assertThat(step(run, "empty"))
                    .returns(State.Succeeded, StepStatus::state)
                    .returns("SucceededWithWarning", StepStatus::reason)
                    .returns("the task has written no files to /out, its artifact.path", StepStatus::message);
            assertThat(step(run, "user")).returns(State.Succeeded, StepStatus::state);
            assertThat(step(run, "outlives"))
                    .returns(State.Succeeded, StepStatus::state)
                    .returns("service db ended with exit code 9 while the command ran", StepStatus::message);
            var reader = ResultsClient.token(work, "reader");
            ResultsClient.bind(work, "reader");
            work.until(
                    "the log of the service's first life",
                    () -> Optional.of(ResultsClient.get(
                                    work,
                                    run.getStatus().results() + "/log?step=outlives&container=service-db.before",
                                    reader))
                            .filter(answer -> answer.body().contains("lives")));
            assertThat(condition(run, "Succeeded").orElseThrow().message())
                    .isEqualTo("5 steps succeeded; flaky: flaky; failed and ignored: lint");
        }
    }

    @Test
    void stepsThatTakeTooLongOrCannotStart() {
        try (var work = TestNamespace.open("timeouts");
                var repository = work.repository()) {
            var commit = repository.push("refs/heads/main", Map.of("Dockerfile", "FROM busybox\nRUN sleep 300\n"));
            work.apply(MinimalPipeline.pipeline(repository, """
                    infrastructureRetries: 0
                    builds: [{name: slow, timeout: 5s}]
                    tasks:
                    - name: stubborn
                      image: busybox
                      timeout: 5s
                      reports: {junit: [/reports/*.xml]}
                      command:
                      - sh
                      - -c
                      - |
                        echo '<testsuite><testcase classname="Suite" name="first"/></testsuite>' >/reports/a.xml
                        echo waits for a lock
                        trap '' TERM
                        while :; do sleep 1; done
                    - name: served
                      image: busybox
                      timeout: 5s
                      services: [{name: db, image: busybox, command: [sh, -c, "%1$s"], ready: {command: ["true"]}}]
                      command: [sh, -c, "echo waits for an answer; %1$s"]
                    - {name: image, image: "nosuch/image:1", retries: 2, command: ["true"]}
                    - {name: registry, image: "127.0.0.1:9/image:1", retries: 2, command: ["true"]}
                    - {name: program, image: busybox, retries: 2, command: [/nosuch/program]}
                    - name: secret
                      image: busybox
                      retries: 2
                      secrets: [{name: TOKEN, secretName: nosuch, key: token}]
                      command: ["true"]
                    - {name: lint, image: busybox, command: ["true"]}
                    """.formatted(SLEEP)));

            var run = work.finishedRunOf(commit);

            assertThat(FailedStep.of(run, "slow/linux/amd64", "BuildTimedOut", Failure.Timeout)
                            .message())
                    .contains("hearth: the solve reached its timeout");
            assertThat(FailedStep.of(run, "stubborn", "TimedOut", Failure.Timeout)
                            .message())
                    .contains("reached its timeout", "waits for a lock");
            assertThat(step(run, "stubborn").tests()).returns(1, tests -> tests == null ? null : tests.passed());
            assertThat(FailedStep.of(run, "served", "TimedOut", Failure.Timeout).message())
                    .contains("reached its timeout", "waits for an answer");
            assertThat(FailedStep.of(run, "image", "ImagePullFailed", Failure.Setup))
                    .returns(null, StepStatus::attempts)
                    .satisfies(step -> assertThat(step.message()).contains("nosuch/image:1", "not found"));
            assertThat(FailedStep.of(run, "registry", "ImagePullFailed", Failure.Infrastructure)
                            .message())
                    .contains("127.0.0.1:9", "connection refused");
            assertThat(FailedStep.of(run, "program", "ContainerStartFailed", Failure.Setup))
                    .returns(null, StepStatus::attempts)
                    .satisfies(step -> assertThat(step.message()).contains("/nosuch/program"));
            assertThat(FailedStep.of(run, "secret", "SecretNotAllowed", Failure.Setup))
                    .returns(null, StepStatus::attempts)
                    .satisfies(step -> assertThat(step.message())
                            .contains("kubectl", "annotate secret nosuch hearth.dev/pipelines=small"));
            assertThat(step(run, "lint")).returns(State.Succeeded, StepStatus::state);
        }
    }

    @Test
    void secretsAreForTrustedRunsAndReadByNobody() {
        try (var work = TestNamespace.open("secrets");
                var repository = work.repository()) {
            work.secret("deploy", "Opaque", Map.of(SecretConsent.PIPELINES, "small"), Map.of("token", VALUE));
            work.apply(CacheFixture.pipeline(repository, """
                    tasks:
                    - name: prints
                      image: busybox
                      secrets: [{name: TOKEN, secretName: deploy, key: token}]
                      command: [sh, -c, "echo token: ${TOKEN-unset}"]
                    - name: fails
                      image: busybox
                      continueOnError: true
                      secrets: [{name: TOKEN, secretName: deploy, key: token}]
                      command: [sh, -c, "echo token: ${TOKEN-unset}; exit 1"]
                    """));
            var trusted = CacheFixture.succeeded(work.finishedRunOf(MinimalPipeline.push(repository)));
            var proposed = CacheFixture.succeeded(
                    work.finishedRunOf(repository.push("refs/pull/1/head", Map.of("README", "changed"))));
            var reader = ResultsClient.token(work, "reader");
            ResultsClient.bind(work, "reader");

            assertThat(CacheFixture.log(work, step(trusted, "prints").pod())).isEqualTo("token: " + VALUE);
            assertThat(archived(work, trusted, "prints", reader)).isEqualTo("token: ***\n");
            assertThat(step(trusted, "fails").message()).isEqualTo("token: ***");
            assertThat(CacheFixture.log(work, step(proposed, "prints").pod())).isEqualTo("token: unset");
            assertThat(archived(work, proposed, "prints", reader)).isEqualTo("token: unset\n");
            assertThat(step(proposed, "fails").message()).isEqualTo("token: unset");
        }
    }

    private static String archived(TestNamespace work, PipelineRun run, String step, String reader) {
        return work.until("the log of " + step, () -> {
                    var answer = ResultsClient.get(work, run.getStatus().results() + "/log?step=" + step, reader);
                    return Optional.of(answer).filter(it -> it.statusCode() == 200);
                })
                .body();
    }
}
