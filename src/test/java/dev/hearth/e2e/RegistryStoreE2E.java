package dev.hearth.e2e;

import static dev.hearth.testbed.TestNamespace.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ArtifactStatus;
import dev.hearth.api.PipelineRun;
import dev.hearth.testbed.GitRepository;
import dev.hearth.testbed.TestNamespace;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Artifacts and images of a run that its tasks get from a registry, wherever they run. */
class RegistryStoreE2E {
    private static final String DOCKERFILE = """
            FROM busybox AS made
            RUN mkdir -p /files/bin && printf '#!/bin/sh\\necho built\\n' >/files/bin/run && chmod 755 /files/bin/run
            COPY source /files/
            FROM scratch AS files
            COPY --from=made /files /
            FROM busybox AS tool
            COPY source /tool
            """;

    @Test
    void tasksGetFilesAndImagesFromTheRegistry() {
        try (var work = TestNamespace.open("store");
                var repository = work.repository()) {
            // Given
            work.apply(pipeline(work, repository));

            // When
            var first = run(work, repository, "refs/heads/main", "one");

            // Then
            assertThat(image(first, "files/linux/amd64/artifact"))
                    .startsWith("registry.fixtures:5000/" + work.namespace() + "/artifacts@sha256:");
            assertThat(image(first, "more/artifact")).isNotEqualTo(image(first, "files/linux/amd64/artifact"));
            var pod = work.client()
                    .pods()
                    .inNamespace(work.namespace())
                    .withName(step(first, "use").pod())
                    .require();
            assertThat(pod.getSpec().getVolumes()).noneMatch(volume -> volume.getPersistentVolumeClaim() != null);
            assertThat(CacheFixture.log(work, step(first, "inside").pod())).isEqualTo("one");

            // When a pull request changes nothing that they are made of, it gets the same files, in an image of its own
            var proposed = work.finishedRunOf(repository.push("refs/pull/3/head", Map.of("other", "x")));
            assertThat(artifact(proposed, "more/artifact").digest())
                    .isEqualTo(artifact(first, "more/artifact").digest());
            assertThat(image(proposed, "more/artifact")).isNotEqualTo(image(first, "more/artifact"));
            assertThat(step(proposed, "use").state()).hasToString("Succeeded");
            // and what is not pushed for it cannot be run
            assertThat(step(proposed, "inside").reason()).isEqualTo("ImageNotPushed");

            // When it changes them, they are pushed for it as well: no step can reach the credentials
            var changed = work.finishedRunOf(repository.push("refs/pull/3/head", Map.of("source", "two\n")));
            assertThat(image(changed, "files/linux/amd64/artifact"))
                    .isNotEqualTo(image(first, "files/linux/amd64/artifact"));
            assertThat(step(changed, "use").state()).hasToString("Succeeded");
        }
    }

    /** The registry may have it no more, or lose it at any moment. */
    @Test
    void whatIsKeptNoLongerIsMadeAgain() {
        try (var work = TestNamespace.open("expired");
                var repository = work.repository()) {
            work.apply("""
                    apiVersion: hearth.dev/v1alpha1
                    kind: Pipeline
                    metadata: {name: expired}
                    spec:
                      source: {url: "%1$s"}
                      triggers: {poll: 5s, branches: [main]}
                      artifacts: {store: Registry, repository: "registry.fixtures:5000/%2$s/artifacts", keepFor: 0m}
                      tasks:
                      - name: made
                        image: busybox
                        artifact: {path: /out}
                        inputs: [source]
                        command: [sh, -euc, "echo made >/out/made"]
                      - {name: use, image: busybox, artifacts: [made], command: [cat, /artifacts/made/made]}
                    """.formatted(repository.url(), work.namespace()));
            run(work, repository, "refs/heads/main", "one");

            var again = CacheFixture.succeeded(
                    work.finishedRunOf(repository.push("refs/heads/main", Map.of("other", "x"))));

            assertThat(Objects.requireNonNull(step(again, "made").artifact()).reusedFrom())
                    .isNull();
        }
    }

    private static PipelineRun run(TestNamespace work, GitRepository repository, String ref, String source) {
        var files = Map.of("Dockerfile", DOCKERFILE, "source", source + "\n");
        return CacheFixture.succeeded(work.finishedRunOf(repository.push(ref, files)));
    }

    private static String image(PipelineRun run, String step) {
        return Objects.requireNonNull(artifact(run, step).image());
    }

    private static ArtifactStatus artifact(PipelineRun run, String step) {
        return Objects.requireNonNull(step(run, step).artifact(), step + " has published nothing");
    }

    private static String pipeline(TestNamespace work, GitRepository repository) {
        return """
                apiVersion: hearth.dev/v1alpha1
                kind: Pipeline
                metadata: {name: store}
                spec:
                  source: {url: "%1$s"}
                  triggers: {poll: 5s, branches: [main], pullRequests: {enabled: true}}
                  trust: {branches: [main]}
                  artifacts: {store: Registry, repository: "registry.fixtures:5000/%2$s/artifacts"}
                  builds:
                  - {name: files, target: files, artifact: true, inputs: [Dockerfile, source]}
                  - {name: tool, target: tool, push: {repository: "registry.fixtures:5000/%2$s/tool"}}
                  tasks:
                  - name: more
                    image: busybox
                    artifacts: [files]
                    artifact: {path: /out}
                    inputs: [Dockerfile, source]
                    command: [sh, -euc, "/artifacts/files/bin/run >/out/said && chmod 600 /out/said"]
                  - name: use
                    image: busybox
                    artifacts: [files, more]
                    command:
                    - sh
                    - -euc
                    - test -x /artifacts/files/bin/run; test "$(cat /artifacts/more/said)" = built; ! touch /artifacts/more/new
                  - name: inside
                    imageFrom: {build: tool}
                    command: [cat, /tool]
                """.formatted(repository.url(), work.namespace());
    }
}
