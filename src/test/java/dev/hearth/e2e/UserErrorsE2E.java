package dev.hearth.e2e;

import static dev.hearth.testbed.TestNamespace.condition;
import static dev.hearth.testbed.TestNamespace.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.Condition;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.State;
import dev.hearth.testbed.GitRepository;
import dev.hearth.testbed.HearthDeployment;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Errors that users make: what status says of each, and that deleting the run leaves nothing behind. */
class UserErrorsE2E {
    private static final String BUILD = "builds: [{name: tool, artifact: true}]";

    @Test
    void wrongUrl() {
        try (var work = TestNamespace.open("url");
                var repository = work.repository()) {
            var yaml = MinimalPipeline.pipeline(repository, BUILD)
                    .replace(repository.url(), "git://git.fixtures/nosuch.git");

            var stalled = stalled(work, work.apply(yaml));

            assertThat(stalled.reason()).isEqualTo("RepositoryNotFound");
            assertThat(stalled.message()).contains("git://git.fixtures/nosuch.git", "spec.source.url");
        }
    }

    @Test
    void missingBranch() {
        try (var work = TestNamespace.open("branch");
                var repository = work.repository()) {
            MinimalPipeline.push(repository);
            var yaml = MinimalPipeline.pipeline(repository, BUILD).replace("[main]", "[mian]");

            var stalled = stalled(work, work.apply(yaml));
            var run = work.finished(work.start("small", "refs/heads/mian", null));

            assertThat(stalled.reason()).isEqualTo("BranchNotFound");
            assertThat(stalled.message()).contains("mian", "it has main");
            assertThat(failure(run).reason()).isEqualTo("RefNotFound");
        }
    }

    @Test
    void commitOfAnotherRef() {
        try (var work = TestNamespace.open("commit");
                var repository = work.repository()) {
            var main = MinimalPipeline.push(repository);
            var proposed = repository.push("refs/pull/1/head", Map.of("Dockerfile", "FROM busybox\nRUN echo evil\n"));
            work.apply(MinimalPipeline.pipeline(repository, BUILD));
            assertThat(work.finishedRunOf(main).getStatus().phase()).isEqualTo(Phase.Succeeded);

            var run = work.finished(work.start("small", "refs/heads/main", proposed));

            assertThat(failure(run).reason()).isEqualTo("CommitNotOnRef");
        }
    }

    /** Root of a node of one's choice, for whoever edits pipelines or opens a pull request. */
    @Test
    void taskThatWantsTheNode() {
        try (var work = TestNamespace.open("node");
                var repository = work.repository()) {
            MinimalPipeline.push(repository);
            repository.push("refs/pull/1/head", Map.of("Dockerfile", MinimalPipeline.DOCKERFILE));
            var pipeline = work.apply(MinimalPipeline.pipeline(repository, """
                    tasks:
                    - {name: own, image: busybox, podSecurity: Privileged, user: 0, tolerations: [{operator: Exists}], command: ["true"]}
                    - {name: root, image: busybox, podSecurity: Baseline, user: 0, command: ["true"]}
                    - {name: named, image: "busybox:{branch}", command: ["true"]}
                    - {name: lint, image: busybox, command: ["true"]}
                    """));

            var stalled = stalled(work, pipeline);
            var trusted = work.finished(work.start("small", "refs/heads/main", null));
            var proposed = work.finished(work.start("small", "refs/pull/1/head", null));

            var most =
                    "spec.tasks[own].podSecurity: Privileged is not allowed, Baseline is the highest: an admin raises it"
                            + " in podSecurity of the pipeline's CachePolicy";
            assertThat(stalled.reason()).isEqualTo("PodNotAllowed");
            assertThat(stalled.message()).startsWith(most);
            assertThat(FailedStep.of(trusted, "own", "PodNotAllowed", StepStatus.Failure.Setup)
                            .message())
                    .startsWith(most);
            assertThat(step(trusted, "root")).returns(State.Succeeded, StepStatus::state);
            for (String name : List.of("own", "root")) {
                assertThat(FailedStep.of(proposed, name, "PodNotAllowed", StepStatus.Failure.Setup)
                                .message())
                        .contains("is not allowed in an untrusted run");
            }
            assertThat(FailedStep.of(proposed, "named", "UntrustedImageName", StepStatus.Failure.Setup)
                            .message())
                    .startsWith("the image of task named has {branch}");
            assertThat(List.of(trusted, proposed))
                    .allSatisfy(run -> assertThat(step(run, "lint")).returns(State.Succeeded, StepStatus::state));
        }
    }

    @Test
    void missingDockerfile() {
        build("dockerfile", Map.of("README", "nothing to build"), "DockerfileNotFound", "Dockerfile");
    }

    @Test
    void failingCompile() {
        build(
                "compile",
                Map.of("Dockerfile", "FROM busybox\nRUN echo tool.c:7: expected ';' && exit 3\n"),
                "BuildFailed",
                "tool.c:7: expected ';'");
    }

    @Test
    void missingBaseImage() {
        build(
                "base",
                Map.of("Dockerfile", "FROM registry.fixtures:5000/nosuch:1\n"),
                "BaseImageUnavailable",
                "registry.fixtures:5000/nosuch:1");
    }

    @Test
    void missingTarget() {
        try (var work = TestNamespace.open("target");
                var repository = work.repository()) {
            var commit = MinimalPipeline.push(repository);
            work.apply(MinimalPipeline.pipeline(repository, "builds: [{name: tool, target: nosuch}]"));

            var failed = step(work.finishedRunOf(commit), "tool/linux/amd64");

            assertThat(failed.reason()).isEqualTo("TargetNotFound");
        }
    }

    @Test
    void failingTest() {
        var rest = """
                builds: [{name: tool, artifact: true}]
                tasks:
                - {name: unit, image: busybox, artifacts: [tool], command: [sh, -c, "echo 2 of 3 tests failed; exit 3"]}
                - {name: after, image: busybox, needs: [unit], command: ["true"]}
                """;
        try (var work = TestNamespace.open("test");
                var repository = work.repository()) {
            var commit = MinimalPipeline.push(repository);
            work.apply(MinimalPipeline.pipeline(repository, rest));

            var run = work.finishedRunOf(commit);

            assertThat(step(run, "unit"))
                    .returns(State.Failed, StepStatus::state)
                    .returns("TaskFailed", StepStatus::reason)
                    .returns(3, StepStatus::exitCode);
            assertThat(step(run, "unit").message()).contains("2 of 3 tests failed");
            assertThat(step(run, "after"))
                    .returns(State.Skipped, StepStatus::state)
                    .returns("needs unit, which is failed", StepStatus::message);
            assertThat(failure(run).message()).contains("unit: ", "2 of 3 tests failed");
            leavesNothing(work, run);
        }
    }

    @Test
    void missingTaskImage() {
        var rest = "tasks: [{name: unit, image: 'nosuch/image:1', command: [\"true\"]}]";
        try (var work = TestNamespace.open("image");
                var repository = work.repository()) {
            MinimalPipeline.push(repository);
            work.apply(MinimalPipeline.pipeline(repository, rest));
            var run = work.until("a run", () -> work.runs().stream().findFirst());

            // Shown while the kubelet still tries, then final.
            var trying = work.until(
                    run,
                    it -> it.getStatus().steps().stream().anyMatch(step -> "ImagePullFailed".equals(step.reason())));
            assertThat(step(trying, "unit").message()).contains("nosuch/image:1");
            var failed = work.finished(run);
            assertThat(step(failed, "unit").reason()).isEqualTo("ImagePullFailed");
            leavesNothing(work, failed);
        }
    }

    @Test
    void missingPolicy() {
        noStorage("no-such-policy", "PolicyNotFound", "no-such-policy");
    }

    @Test
    void missingStorageClass() {
        var policy = Serialization.unmarshal("""
                apiVersion: hearth.dev/v1alpha1
                kind: CachePolicy
                metadata: {name: class-is-missing}
                spec: {storage: {className: no-such-class}}
                """, CachePolicy.class);
        var client = HearthDeployment.shared().client();
        client.resource(policy).forceConflicts().serverSideApply();
        try {
            noStorage("class-is-missing", "StorageClassNotFound", "no-such-class");
        } finally {
            client.resource(policy).delete();
        }
    }

    private static void noStorage(String policy, String reason, String text) {
        try (var work = TestNamespace.open("storage");
                var repository = work.repository()) {
            var commit = MinimalPipeline.push(repository);
            work.apply(MinimalPipeline.pipeline(repository, BUILD + "\ncache: {policy: " + policy + "}"));

            var run = work.finishedRunOf(commit);

            assertThat(failure(run).reason()).isEqualTo(reason);
            assertThat(failure(run).message()).contains(text);
            assertThat(work.children()).isEmpty();
        }
    }

    @Test
    void missingSecrets() {
        try (var work = TestNamespace.open("secret");
                var repository = work.repository()) {
            var commit = MinimalPipeline.push(repository);
            var push =
                    "builds: [{name: tool, push: {repository: registry.fixtures:5000/tool, credentials: {secretName: nosuch}}}]";
            work.apply(MinimalPipeline.pipeline(repository, push));
            var unread = MinimalPipeline.pipeline(repository, BUILD)
                    .replace("name: small", "name: private")
                    .replace("\"}", "\", credentials: {secretName: nosuch}}");

            var run = work.finishedRunOf(commit);
            var stalled = stalled(work, work.apply(unread));

            assertThat(failure(run).reason()).isEqualTo("SecretNotAllowed");
            assertThat(failure(run).message())
                    .contains(
                            "spec.builds[tool].push.credentials", "nosuch", "hearth.dev/hosts=registry.fixtures:5000");
            assertThat(stalled.reason()).isEqualTo("SecretNotAllowed");
            assertThat(stalled.message())
                    .contains("spec.source.credentials", "nosuch", "kubectl -n " + work.namespace());
        }
    }

    @Test
    void tasksThatNeedEachOther() {
        var rest = """
                tasks:
                - {name: a, image: busybox, needs: [b], command: ["true"]}
                - {name: b, image: busybox, needs: [a], command: ["true"]}
                """;
        try (var work = TestNamespace.open("cycle");
                var repository = work.repository()) {
            MinimalPipeline.push(repository);

            var stalled = stalled(work, work.apply(MinimalPipeline.pipeline(repository, rest)));

            assertThat(stalled.reason()).isEqualTo("DependencyCycle");
            assertThat(stalled.message()).contains("a needs b needs a");
        }
    }

    private static void build(String purpose, Map<String, String> files, String reason, String text) {
        try (var work = TestNamespace.open(purpose);
                GitRepository repository = work.repository()) {
            var commit = repository.push("refs/heads/main", files);
            work.apply(MinimalPipeline.pipeline(repository, BUILD));

            var run = work.finishedRunOf(commit);

            assertThat(run.getStatus().phase()).isEqualTo(Phase.Failed);
            assertThat(step(run, "tool/linux/amd64").reason()).isEqualTo(reason);
            assertThat(step(run, "tool/linux/amd64").message()).contains(text);
            assertThat(failure(run).message()).contains(text);
            leavesNothing(work, run);
        }
    }

    /** Of the run's own: the cache volume belongs to the ref and stays until the pipeline goes. */
    private static void leavesNothing(TestNamespace work, PipelineRun run) {
        work.client().resource(run).delete();
        work.until(
                "the run's children to go",
                () -> Optional.of(work.children())
                        .filter(left -> left.stream()
                                .noneMatch(child ->
                                        child.contains(run.getMetadata().getName()))));
        work.client().resources(Pipeline.class).inNamespace(work.namespace()).delete();
        work.until(
                "the pipeline's volumes to go",
                () -> Optional.of(work.children()).filter(java.util.List::isEmpty));
    }

    static Condition stalled(TestNamespace work, Pipeline pipeline) {
        var seen = work.until(
                pipeline,
                it -> condition(it, "Stalled")
                        .filter(stalled -> stalled.status().equals("True"))
                        .isPresent());
        return condition(seen, "Stalled").orElseThrow();
    }

    private static Condition failure(PipelineRun run) {
        return condition(run, "Succeeded").orElseThrow();
    }
}
