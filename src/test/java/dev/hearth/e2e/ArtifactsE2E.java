package dev.hearth.e2e;

import static dev.hearth.testbed.TestNamespace.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ArtifactStatus;
import dev.hearth.api.FlakyTest;
import dev.hearth.api.OperatingSystem;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.StepStatus;
import dev.hearth.core.plan.Names;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.testbed.GitRepository;
import dev.hearth.testbed.SmallDisks;
import dev.hearth.testbed.TestNamespace;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What steps leave for tasks and for later runs, how long it stays, and tests that are split by what earlier runs left. */
class ArtifactsE2E {
    private static final String MAIN = "refs/heads/main";
    private static final String CHAIN = """
            tasks:
            - name: compile
              image: debian:bookworm-slim
              artifact: {path: /out}
              inputs: [source]
              command:
              - sh
              - -euc
              - |
                mkdir -p /out/bin && printf '#!/bin/sh\\necho made\\n' >/out/bin/run && chmod 755 /out/bin/run
                ln -s bin/run /out/link
                touch /out/private && chmod 640 /out/private
            - name: use
              image: debian:bookworm-slim
              artifacts: [compile]
              command:
              - sh
              - -euc
              - |
                cd /artifacts/compile
                test "$(stat -c %a bin/run)" = 755 && test "$(stat -c %a private)" = 640
                test "$(readlink link)" = bin/run && test "$(./link)" = made
                ! touch new
            """;

    private static final String CACHED = """
            FROM busybox AS made
            COPY source /
            RUN --mount=type=cache,target=/cache sh /source >/made
            FROM scratch AS tool
            COPY --from=made /made /
            FROM scratch AS image
            COPY other /
            """;

    /** What comes out depends on a cache mount, as with every compiler's cache. */
    private static final String SOURCE = "[ -e /cache/tool ] || echo good >/cache/tool; cat /cache/tool; echo ";

    @Test
    void laterRunsTakeWhatIsUnchanged() {
        try (var work = TestNamespace.open("chain");
                var repository = work.repository()) {
            // Given
            work.apply(pipeline(repository, CHAIN));
            var first = succeeded(work, repository, MAIN, "one", "x");
            var made = artifact(first);
            assertThat(made.digest()).startsWith("sha256:");
            assertThat(made.files()).isEqualTo(2);
            assertThat(made.claim())
                    .isEqualTo(Names.taskCacheVolume(Names.scope(first).orElseThrow(), OperatingSystem.Linux));
            assertThat(work.client()
                            .persistentVolumeClaims()
                            .inNamespace(work.namespace())
                            .withLabel(ObjectLabels.RUN)
                            .list()
                            .getItems())
                    .as("volumes of runs")
                    .isEmpty();

            // When the source stays and something else changes
            var second = succeeded(work, repository, MAIN, "one", "y");
            var proposed = succeeded(work, repository, "refs/pull/1/head", "one", "z");

            // Then both use the files, which are mounted where they are
            for (PipelineRun run : List.of(second, proposed)) {
                assertThat(step(run, "compile").message()).isEqualTo("reused from run " + name(first));
                assertThat(artifact(run))
                        .returns(made.digest(), ArtifactStatus::digest)
                        .returns(made.claim(), ArtifactStatus::claim)
                        .returns(made.claimUid(), ArtifactStatus::claimUid)
                        .returns(made.path(), ArtifactStatus::path)
                        .returns(name(first), ArtifactStatus::reusedFrom);
            }

            // When the run that made them is deleted, a third still finds them
            work.client().resource(first).delete();
            var third = succeeded(work, repository, MAIN, "one", "w");
            assertThat(artifact(third).claim()).isEqualTo(made.claim());

            // When a pull request changes the source, main takes nothing of what that leaves
            var changed = succeeded(work, repository, "refs/pull/1/head", "two", "z");
            assertThat(artifact(changed).reusedFrom()).isNull();
            var merged = succeeded(work, repository, MAIN, "two", "w");
            assertThat(artifact(merged).reusedFrom()).isNull();
            assertThat(artifact(merged).digest()).isEqualTo(artifact(changed).digest());
        }
    }

    /** A task that writes a volume has a group, to which the kubelet gives the files of every volume that its pod may write. */
    @Test
    void filesOfABuildAreOnItsCacheVolumeAndStayAsTheyWere() {
        try (var work = TestNamespace.open("built");
                var repository = work.repository();
                var _ = SmallDisks.of(work, 2, 96)) {
            var policy =
                    CacheFixture.policy(work, "{storage: {className: %s, size: 96Mi}}".formatted(work.namespace()));
            try {
                work.apply(CacheFixture.pipeline(repository, """
                        cache: {policy: %s}
                        builds: [{name: tool, target: tool, artifact: true}]
                        tasks:
                        - name: look
                          image: busybox
                          artifacts: [tool]
                          caches: [{path: /c}]
                          command:
                          - sh
                          - -euc
                          - |
                            touch /c/written
                            stat -c '%%u:%%g %%a' /artifacts/tool/made
                            ! touch /artifacts/tool/made 2>/dev/null
                        """.formatted(work.namespace())));
                var commit = repository.push(MAIN, Map.of("Dockerfile", CACHED, "source", SOURCE, "other", "1"));
                var run = CacheFixture.succeeded(work.finishedRunOf(commit));

                var volume = CacheFixture.sealed(work, MAIN, commit);
                var digest = Objects.requireNonNull(tool(run).digest()).substring("sha256:".length());
                assertThat(tool(run))
                        .returns(volume.claim(), ArtifactStatus::claim)
                        .returns(volume.uid(), ArtifactStatus::claimUid)
                        .returns("artifacts/" + digest, ArtifactStatus::path);
                assertThat(CacheFixture.log(work, step(run, "look").pod())).isEqualTo("0:0 644");
                assertThat(work.client()
                                .persistentVolumeClaims()
                                .inNamespace(work.namespace())
                                .withLabel(ObjectLabels.RUN)
                                .list()
                                .getItems())
                        .as("volumes of runs")
                        .isEmpty();
            } finally {
                work.client().resource(policy).delete();
            }
        }
    }

    /**
     * Every branch is trusted, as a pipeline may say. A user who may push one of them poisons its cache, and then builds the
     * very files that main will have.
     */
    @Test
    void trustedBranchGivesMainAndReleasesNeitherFilesNorImages() {
        try (var work = TestNamespace.open("feature");
                var repository = work.repository()) {
            // Given: an image of main, and a branch whose cache is poisoned
            work.apply(everyBranchIsTrusted(work, repository));
            var files = Map.of("Dockerfile", CACHED, "source", SOURCE + "before", "other", "1");
            var released = CacheFixture.succeeded(work.finishedRunOf(repository.push(MAIN, files)));
            succeeded(work, repository, "refs/heads/x", "echo EVIL >/cache/tool", "1");

            // When
            var feature = succeeded(work, repository, "refs/heads/x", SOURCE + "after", "2");

            // Then: its image is not pushed
            assertThat(made(work, feature)).isEqualTo("EVIL\nafter");
            assertThat(step(feature, "image/linux/amd64"))
                    .returns("NotPushed", StepStatus::reason)
                    .returns(null, StepStatus::digest);
            assertThat(latest(work)).isEqualTo(step(released, "image/index").digest());

            // When: main has the same files
            var merged = succeeded(work, repository, MAIN, SOURCE + "after", "3");

            // Then: it builds them itself, although their key is the same, and pushes
            assertThat(tool(merged))
                    .returns(tool(feature).inputs(), ArtifactStatus::inputs)
                    .returns(null, ArtifactStatus::reusedFrom);
            assertThat(made(work, merged)).isEqualTo("good\nafter");
            assertThat(latest(work)).isEqualTo(step(merged, "image/index").digest());

            // And a tag that the pipeline trusts reuses main's, and pushes
            var tagged = succeeded(work, repository, "refs/tags/v1", SOURCE + "after", "4");
            assertThat(tool(tagged).reusedFrom()).isEqualTo(name(merged));
            assertThat(made(work, tagged)).isEqualTo("good\nafter");
            assertThat(latest(work))
                    .isEqualTo(step(tagged, "image/index").digest())
                    .isNotEqualTo(step(merged, "image/index").digest());
        }
    }

    /** The pod of a second attempt ends in its number. */
    @Test
    void testsAreSplitByTheirTimesAndListedAsFlakyIfTheyPassTheSecondTime() {
        try (var work = TestNamespace.open("shards");
                var repository = work.repository()) {
            var pipeline = work.apply(pipeline(repository, """
                    tasks:
                    - name: list
                      image: busybox
                      artifact: {path: /out}
                      command: [sh, -euc, "for test in a b c d e f g h; do echo Suite.$test; done >/out/tests"]
                    - name: unit
                      image: busybox
                      artifacts: [list]
                      shards: 2
                      testList: {artifact: list, file: tests}
                      reports: {junit: [/reports/*.xml]}
                      command:
                      - sh
                      - -euc
                      - |
                        {
                          echo "<testsuite name='shard {shard} of {shards}'>"
                          while read -r test; do
                            time=1; [ "$test" != Suite.a ] || time=10
                            echo "<testcase classname='Suite' name='${test#Suite.}' time='$time'/>"
                          done <"$HEARTH_TESTS"
                          echo '</testsuite>'
                        } >/reports/junit.xml
                    - name: flaky
                      image: busybox
                      retries: 1
                      reports: {junit: [/reports/*.xml]}
                      command:
                      - sh
                      - -uc
                      - |
                        case $(uname -n) in
                          *-2) echo "<testsuite><testcase classname='Suite' name='now and then'/></testsuite>" ;;
                          *) echo "<testsuite><testcase classname='Suite' name='now and then'><failure message='not now'/></testcase></testsuite>"
                             false ;;
                        esac >/reports/junit.xml
                    """));

            var first = succeeded(work, repository, MAIN, "one", "x");
            assertThat(step(first, "flaky"))
                    .returns(true, StepStatus::flaky)
                    .returns(2, StepStatus::attempts)
                    .returns(null, StepStatus::infrastructureFailures);
            assertThat(Objects.requireNonNull(step(first, "flaky").tests()).flaky())
                    .containsExactly("Suite.now and then");
            var flaky = work.until(pipeline, it -> !it.getStatus().flaky().isEmpty())
                    .getStatus()
                    .flaky();
            assertThat(flaky).containsExactly(new FlakyTest("Suite.now and then", "flaky", 1, 1, name(first)));
            var second = succeeded(work, repository, MAIN, "two", "x");

            assertThat(shards(work, first)).extracting(List::size).containsExactly(4, 4);
            assertThat(shards(work, second))
                    .containsExactlyInAnyOrder(
                            List.of("Suite.a"),
                            IntStream.rangeClosed('b', 'h')
                                    .mapToObj(letter -> "Suite." + (char) letter)
                                    .toList());
            assertThat(Objects.requireNonNull(step(first, "unit[shard=1]").tests())
                                    .passed()
                            + Objects.requireNonNull(
                                            step(first, "unit[shard=2]").tests())
                                    .passed())
                    .isEqualTo(8);
        }
    }

    private static PipelineRun succeeded(
            TestNamespace work, GitRepository repository, String ref, String source, String other) {
        var commit = repository.push(ref, Map.of("source", source, "other", other));
        return CacheFixture.succeeded(work.finishedRunOf(commit));
    }

    private static ArtifactStatus artifact(PipelineRun run) {
        return Objects.requireNonNull(step(run, "compile").artifact(), "compile left nothing");
    }

    private static List<List<String>> shards(TestNamespace work, PipelineRun run) {
        return work
                .client()
                .configMaps()
                .inNamespace(work.namespace())
                .withName("hearth-" + name(run) + "-shards-unit")
                .require()
                .getData()
                .values()
                .stream()
                .map(tests -> tests.lines().toList())
                .toList();
    }

    private static ArtifactStatus tool(PipelineRun run) {
        return Objects.requireNonNull(step(run, "tool/linux/amd64").artifact(), "tool left nothing");
    }

    private static String made(TestNamespace work, PipelineRun run) {
        return CacheFixture.log(work, step(run, "show").pod());
    }

    /** Digest of the image that the registry has under the tag latest. */
    private static String latest(TestNamespace work) {
        var client = work.client();
        var http = client.getHttpClient();
        var manifest = http.newHttpRequestBuilder()
                .uri(client.getMasterUrl() + "api/v1/namespaces/fixtures/services/registry:5000/proxy/v2/"
                        + work.namespace() + "/manifests/latest")
                .header("Accept", "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json")
                .build();
        var answer = http.sendAsync(manifest, String.class).join();
        return Objects.requireNonNull(answer.header("Docker-Content-Digest"), answer::body);
    }

    private static String everyBranchIsTrusted(TestNamespace work, GitRepository repository) {
        return """
                apiVersion: hearth.dev/v1alpha1
                kind: Pipeline
                metadata: {name: small}
                spec:
                  source: {url: "%s"}
                  triggers: {poll: 5s, branches: ["**"], tags: ["**"]}
                  trust: {branches: ["**"], tags: ["v*"]}
                  builds:
                  - {name: tool, target: tool, artifact: true, inputs: [Dockerfile, source]}
                  - {name: image, target: image, push: {repository: "registry.fixtures:5000/%s", tags: [latest]}}
                  tasks: [{name: show, image: busybox, artifacts: [tool], command: [cat, /artifacts/tool/made]}]
                """.formatted(repository.url(), work.namespace());
    }

    private static String name(PipelineRun run) {
        return run.getMetadata().getName();
    }

    private static String pipeline(GitRepository repository, String rest) {
        return """
                apiVersion: hearth.dev/v1alpha1
                kind: Pipeline
                metadata: {name: chain}
                spec:
                  source: {url: "%s"}
                  triggers: {poll: 5s, branches: [main], pullRequests: {enabled: true}}
                  trust: {branches: [main]}
                """.formatted(repository.url()) + rest.indent(2);
    }
}
