package dev.hearth.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.agent.BuildTrace;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.buildkit.BuildTraceFile;
import dev.hearth.core.secret.SecretConsent;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

/** What is left of a run whose pods are gone, as people read it over HTTP. */
class ResultsE2E {
    private static final String PASSWORD = "correct-horse-7";
    private static final String BUILD = "tool/linux/amd64";
    private static final String FOLDER = "/var/lib/hearth/results/runs/";

    @Test
    @ResourceLock(OperatorPod.LOCK)
    void logsOutliveTheirPodsForThoseWhoMayReadThemUntilTheRunGoes() {
        try (var work = TestNamespace.open("results");
                var repository = work.repository()) {
            // Given: somebody who may read runs here, somebody who may not, and a step that prints what it should not
            var reader = ResultsClient.token(work, "reader");
            var stranger = ResultsClient.token(work, "stranger");
            ResultsClient.bind(work, "reader");
            var misused = ResultsClient.token(work, "misused", "https://kubernetes.default.svc");
            ResultsClient.bind(work, "misused");
            secret(work);
            var commit = repository.push(
                    "refs/heads/main",
                    Map.of("Dockerfile", "FROM busybox\nRUN echo said by the build as $(id -u) " + PASSWORD + "\n"));
            work.apply(MinimalPipeline.pipeline(repository, """
                    builds:
                    - name: tool
                      push: {repository: "registry.fixtures:5000/%s", credentials: {secretName: push}, tags: [main]}
                    tasks:
                    - name: unit
                      image: busybox
                      command:
                      - /bin/sh
                      - -c
                      - printf '\\033[31mred\\033[0m \\033]0;title\\007and %s, correct-\\033[1mhorse-7 too\\r\\ndone\\n'
                    """.formatted(work.namespace(), PASSWORD)));
            var run = work.finishedRunOf(commit);
            assertThat(run.getStatus().phase()).as("%s", run.getStatus()).isEqualTo(Phase.Succeeded);

            // When: the operator is killed, and the pods are deleted once their logs are kept
            OperatorPod.kill(work);
            var path = "/v1alpha1/namespaces/" + work.namespace() + "/runs/"
                    + run.getMetadata().getName();
            work.until(
                    "logs of both steps",
                    () -> Optional.of(ResultsClient.get(work, path, reader))
                            .filter(it -> it.body().contains("step=unit&container=task")
                                    && it.body().contains("step=tool%2Flinux%2Famd64&container=buildkitd")));
            work.client().pods().inNamespace(work.namespace()).delete();
            work.until(
                    "no pods",
                    () -> Optional.of(work.children())
                            .filter(it -> it.stream().noneMatch(child -> child.startsWith("Pod/"))));
            var task = ResultsClient.get(work, path + "/log?step=unit", reader);
            var build = ResultsClient.get(work, path + "/log?step=" + BUILD, reader);

            // Then: words are there, and neither what a terminal acts on nor secrets
            assertThat(task.body()).isEqualTo("red and ***, *** too\ndone\n");
            assertThat(task.headers().map())
                    .containsEntry("content-type", List.of("text/plain; charset=utf-8"))
                    .containsEntry("x-content-type-options", List.of("nosniff"));
            assertThat(build.body()).contains("said by the build as 0 ***").doesNotContain(PASSWORD, "\u001b");
            assertThat(ResultsClient.get(work, path + "/log?step=tool/linux/amd64&container=buildkitd", reader)
                            .body())
                    .isNotBlank()
                    .doesNotContain("hearth-trace");

            // And: what BuildKit did, which was in the daemon's log
            var trace = BuildTraceFile.read(
                            ResultsClient.file(work, path + "/file?step=" + BUILD + "&path=trace.json.gz", reader))
                    .orElseThrow();
            assertThat(trace.platform()).isEqualTo("linux/amd64");
            assertThat(trace.steps())
                    .filteredOn(step -> step.name().contains("said by the build"))
                    .singleElement()
                    .returns("[2/2] RUN echo said by the build as $(id -u) ***", BuildTrace.Step::name)
                    .returns(new BuildTrace.Lines(2, 2), BuildTrace.Step::lines)
                    .returns(false, BuildTrace.Step::cached)
                    .satisfies(step -> assertThat(step.started()).isLessThan(step.completed()));

            // And: nobody else reads them, or learns which runs there are
            assertThat(ResultsClient.get(work, path, null).statusCode()).isEqualTo(401);
            assertThat(ResultsClient.get(work, path, "no-token").statusCode()).isEqualTo(401);
            // Nor by a token that was made for the API server: whoever sees one must not be able to use it there.
            assertThat(ResultsClient.get(work, path, misused))
                    .returns(401, HttpResponse::statusCode)
                    .extracting(HttpResponse::body)
                    .asString()
                    .contains("--audience hearth");
            assertThat(ResultsClient.get(work, path + "/log?step=unit", stranger)
                            .statusCode())
                    .isEqualTo(403);
            assertThat(ResultsClient.get(work, path + "-other", stranger).body())
                    .isEqualTo(ResultsClient.get(work, path, stranger).body());
            assertThat(ResultsClient.get(work, path + "-other", reader).statusCode())
                    .isEqualTo(404);
            assertThat(ResultsClient.get(work, path + "/file?step=unit&path=../../../../../../etc/passwd", reader)
                            .statusCode())
                    .isEqualTo(404);

            // And: who read is recorded, and who tried
            var place = work.namespace() + "/" + run.getMetadata().getName() + " by system:serviceaccount:"
                    + work.namespace();
            assertThat(OperatorPod.audited(work))
                    .anyMatch(line -> line.contains("ResultsRead " + place + ":reader")
                            && line.contains("\"audit.detail\":\"" + path + "/log?step=unit\"")
                            && line.contains("\"audit.outcome\":\"Done\""))
                    .anyMatch(line -> line.contains("ResultsRead " + place + ":stranger")
                            && line.contains("\"audit.outcome\":\"Forbidden\""));

            // When
            assertThat(onVolume(work)).contains(run.getMetadata().getUid());
            work.client().resource(run).delete();

            // Then
            assertThat(work.until(
                                    "the run to be gone",
                                    () -> Optional.of(ResultsClient.get(work, path, reader))
                                            .filter(it -> it.statusCode() == 404))
                            .body())
                    .contains("no run");
            work.until(
                    "its results to be gone",
                    () -> Optional.of(onVolume(work))
                            .filter(it -> !it.contains(run.getMetadata().getUid())));
        }
    }

    private static String onVolume(TestNamespace work) {
        return OperatorPod.output(work, "ls", "-R", FOLDER);
    }

    private static void secret(TestNamespace work) {
        var config = Serialization.asJson(
                Map.of("auths", Map.of("registry.fixtures:5000", Map.of("username", "pusher", "password", PASSWORD))));
        work.secret(
                "push",
                "kubernetes.io/dockerconfigjson",
                Map.of(SecretConsent.PIPELINES, "*", SecretConsent.HOSTS, "registry.fixtures:5000"),
                Map.of(".dockerconfigjson", config));
    }
}
