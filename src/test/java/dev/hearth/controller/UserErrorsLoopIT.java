package dev.hearth.controller;

import static dev.hearth.testbed.TestNamespace.condition;
import static dev.hearth.testbed.TestNamespace.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Condition;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.api.StepStatus.State;
import dev.hearth.controlplane.ScriptedNamespace;
import dev.hearth.testbed.FailedStep;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Errors that users make: what status says of each, and that deleting the run leaves nothing behind. */
class UserErrorsLoopIT {
    private static final String BUILD = "builds: [{name: tool, artifact: true}]\n";
    private static final String PULL = "refs/pull/1/head";

    @Test
    void wrongUrl() {
        try (var place = ScriptedNamespace.open("url")) {
            var url = place.repository().http().url().replace(".git", "-none.git");

            var pipeline = place.pipeline("triggers: {poll: 5s, branches: [main]}\n" + BUILD, url);

            var stalled = place.work().stalled(pipeline);
            assertThat(stalled.reason()).isEqualTo("RepositoryNotFound");
            assertThat(stalled.message()).contains(url, "spec.source.url");
        }
    }

    @Test
    void missingBranch() {
        try (var place = ScriptedNamespace.open("branch")) {
            var stalled = place.work().stalled(place.pipeline("triggers: {poll: 5s, branches: [mian]}\n" + BUILD));

            assertThat(stalled.reason()).isEqualTo("BranchNotFound");
            assertThat(stalled.message()).contains("mian", "it has main");
        }
    }

    @Test
    void tasksThatNeedEachOther() {
        try (var place = ScriptedNamespace.open("cycle")) {
            var stalled = place.work().stalled(place.pipeline("""
                    tasks:
                    - {name: a, image: busybox, needs: [b], command: ["true"]}
                    - {name: b, image: busybox, needs: [a], command: ["true"]}
                    """));

            assertThat(stalled.reason()).isEqualTo("DependencyCycle");
            assertThat(stalled.message()).contains("a needs b needs a");
        }
    }

    /** Root of a node of one's choice, for whoever edits pipelines or opens a pull request. */
    @Test
    void taskThatWantsTheNode() {
        try (var place = ScriptedNamespace.open("node")) {
            place.repository().commit(PULL, "Dockerfile", "FROM busybox\n");
            var pipeline = place.pipeline("""
                    tasks:
                    - {name: own, image: busybox, podSecurity: Privileged, user: 0, tolerations: [{operator: Exists}], command: ["true"]}
                    - {name: root, image: busybox, podSecurity: Baseline, user: 0, command: ["true"]}
                    - {name: named, image: "busybox:{branch}", command: ["true"]}
                    - {name: lint, image: busybox, command: ["true"]}
                    """);

            var stalled = place.work().stalled(pipeline);
            var trusted = place.finished(place.start());
            var proposed = place.finished(place.start(PULL));

            var most =
                    "spec.tasks[own].podSecurity: Privileged is not allowed, Baseline is the highest: an admin raises it"
                            + " in podSecurity of the pipeline's CachePolicy";
            assertThat(stalled.reason()).isEqualTo("PodNotAllowed");
            assertThat(stalled.message()).startsWith(most);
            assertThat(failed(trusted, "own", "PodNotAllowed").message()).startsWith(most);
            assertThat(step(trusted, "root")).returns(State.Succeeded, StepStatus::state);
            for (String name : List.of("own", "root")) {
                assertThat(failed(proposed, name, "PodNotAllowed").message())
                        .contains("is not allowed in an untrusted run");
            }
            assertThat(failed(proposed, "named", "UntrustedImageName").message())
                    .startsWith("the image of task named has {branch}");
            assertThat(List.of(trusted, proposed))
                    .allSatisfy(run -> assertThat(step(run, "lint")).returns(State.Succeeded, StepStatus::state));
        }
    }

    @Test
    void failingTest() {
        try (var place = ScriptedNamespace.open("test")) {
            var pipeline = place.pipeline(BUILD + """
                    tasks:
                    - {name: unit, image: busybox, artifacts: [tool], command: ["false"]}
                    - {name: after, image: busybox, needs: [unit], command: ["true"]}
                    """);
            place.pods().on("-unit").failsWith(3, "2 of 3 tests failed");

            var run = place.finished(place.start());

            assertThat(step(run, "unit"))
                    .returns(State.Failed, StepStatus::state)
                    .returns("TaskFailed", StepStatus::reason)
                    .returns(3, StepStatus::exitCode);
            assertThat(step(run, "unit").message()).contains("2 of 3 tests failed");
            assertThat(step(run, "after"))
                    .returns(State.Skipped, StepStatus::state)
                    .returns("needs unit, which is failed", StepStatus::message);
            assertThat(failure(run).message()).contains("unit: ", "2 of 3 tests failed");
            leavesNothing(place, pipeline, run);
        }
    }

    @Test
    void missingPolicyAndMissingStorageClass() {
        try (var place = ScriptedNamespace.open("storage")) {
            place.pipeline("cache: {policy: %s}\n".formatted(place.namespace()) + BUILD);

            var without = place.finished(place.start());

            assertThat(failure(without).reason()).isEqualTo("PolicyNotFound");
            assertThat(failure(without).message()).contains(place.namespace());
            assertThat(place.work().children()).isEmpty();

            var policy = place.policy("{storage: {className: no-such-class}}");
            try {
                place.stalls(ScriptedNamespace.MAIN, "StorageClassNotFound");
                var run = place.finished(place.start());

                assertThat(failure(run).reason()).isEqualTo("StorageClassNotFound");
                assertThat(failure(run).message()).contains("no-such-class");
                assertThat(place.work().children()).isEmpty();
            } finally {
                place.client().resource(policy).delete();
            }
        }
    }

    @Test
    void missingSecrets() {
        try (var place = ScriptedNamespace.open("secret")) {
            place.pipeline("""
                    builds: [{name: tool, push: {repository: registry.example:5000/tool, credentials: {secretName: nosuch}}}]
                    """);

            var run = place.finished(place.start());

            assertThat(failure(run).reason()).isEqualTo("SecretNotAllowed");
            assertThat(failure(run).message())
                    .contains("spec.builds[tool].push.credentials", "nosuch", "hearth.dev/hosts=registry.example:5000");
        }
    }

    @Test
    void missingSecretOfTheSource() {
        try (var place = ScriptedNamespace.open("private")) {
            var pipeline =
                    place.work().apply("""
                    apiVersion: hearth.dev/v1alpha1
                    kind: Pipeline
                    metadata: {name: p}
                    spec:
                      source: {url: "%s", allowPlainHttp: true, credentials: {secretName: nosuch}}
                      triggers: {poll: 5s, branches: [main]}
                      builds: [{name: tool}]
                    """.formatted(place.repository().http().url()));

            var stalled = place.work().stalled(pipeline);

            assertThat(stalled.reason()).isEqualTo("SecretNotAllowed");
            assertThat(stalled.message())
                    .contains("spec.source.credentials", "nosuch", "kubectl -n " + place.namespace());
        }
    }

    @Test
    void podsThatTheirNamespaceForbids() {
        try (var place = ScriptedNamespace.open("forbidden")) {
            var policy = place.policy(
                    "{pods: {podSecurity: Privileged}, allowedNamespaces: {matchLabels: {kubernetes.io/metadata.name: %s}}}"
                            .formatted(place.namespace()));
            try {
                place.work().place().enforce("restricted");
                place.pipeline("""
                        cache: {policy: %s}
                        tasks:
                        - {name: mighty, image: busybox, retries: 2, podSecurity: Privileged, command: ["true"]}
                        - {name: lint, image: busybox, command: ["true"]}
                        """.formatted(place.namespace()));

                var run = place.finished(place.start());

                assertThat(failed(run, "mighty", "CreationRejected"))
                        .returns(null, StepStatus::attempts)
                        .satisfies(step -> assertThat(step.message())
                                .contains("violates PodSecurity \"restricted", "securityContext.privileged=true"));
                assertThat(step(run, "lint")).returns(State.Succeeded, StepStatus::state);
            } finally {
                place.client().resource(policy).delete();
            }
        }
    }

    @Test
    void nodesThatDoNotExist() {
        try (var place = ScriptedNamespace.open("nowhere")) {
            place.pipeline("""
                    pendingTimeout: 1s
                    infrastructureRetries: 2
                    tasks:
                    - {name: nowhere, image: busybox, retries: 2, nodeSelector: {kubernetes.io/arch: s390x}, command: ["true"]}
                    """);
            place.pods()
                    .on("-nowhere")
                    .isUnschedulable("0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.");

            var run = place.finished(place.start());

            assertThat(failed(run, "nowhere", "Unschedulable", Failure.Infrastructure))
                    .returns(null, StepStatus::attempts)
                    .satisfies(step -> assertThat(step.message()).contains("node affinity/selector"));
        }
    }

    /** That a step waits for a quota to be raised is a test of {@link RunLoopIT}. */
    @Test
    void quotaThatIsUsedUp() {
        try (var place = ScriptedNamespace.open("quota");
                var _ = place.work().quota("none", "pods", 0)) {
            place.pipeline("""
                    infrastructureRetries: 2
                    pendingTimeout: 1s
                    tasks: [{name: lint, image: busybox, command: ["true"]}]
                    """);

            var run = place.finished(place.start());

            assertThat(failed(run, "lint", "CreationRejected", Failure.Infrastructure))
                    .returns(null, StepStatus::attempts)
                    .satisfies(step -> assertThat(step.message()).contains("exceeded quota: none"));
        }
    }

    /** Of the run's own: the cache volume belongs to the ref and stays until the pipeline goes. */
    private static void leavesNothing(ScriptedNamespace place, Pipeline pipeline, PipelineRun run) {
        place.client().resource(run).delete();
        var name = run.getMetadata().getName();
        var left = place.work()
                .until(
                        "the pods and claims of the run to go",
                        () -> Optional.of(place.work().children())
                                .filter(all -> all.stream().noneMatch(child -> child.contains(name))));
        assertThat(left).isNotEmpty();
        place.client().resource(pipeline).delete();
        place.work()
                .until(
                        "the pipeline's volumes to go",
                        () -> Optional.of(place.work().children()).filter(List::isEmpty));
    }

    private static StepStatus failed(PipelineRun run, String name, String reason) {
        return failed(run, name, reason, Failure.Setup);
    }

    private static StepStatus failed(PipelineRun run, String name, String reason, Failure failure) {
        assertThat(run.getStatus().phase()).as("%s", run.getStatus()).isEqualTo(Phase.Failed);
        return FailedStep.of(run, name, reason, failure);
    }

    private static Condition failure(PipelineRun run) {
        return condition(run, "Succeeded").orElseThrow();
    }
}
