package dev.hearth.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hearth.core.buildcache.BuildKitVersion;
import dev.hearth.pod.registry.RegistryContainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Compares the records with the documents of the agent, in which each field is set. The agent's tests read the same files into
 * its own types, and write them from these.
 */
class AgentDocumentsTest {
    private static final Path DOCUMENTS = Path.of("src/agent/internal/protocol/testdata");
    private static final ObjectMapper JSON =
            new ObjectMapper().setDefaultPropertyInclusion(JsonInclude.Include.NON_NULL);

    private static final String ARTIFACTS = "registry.example:5000/team/artifacts";
    private static final String DIGEST = "sha256:" + "ab".repeat(32);
    private static final String ARTIFACT = ARTIFACTS + "@" + DIGEST;
    private static final RegistryAccess REGISTRY =
            new RegistryAccess("spec.artifacts", "/run/secrets/registry", List.of("registry.example:5000"));

    private static final String KEY = "0123456789abcdef";
    private static final String OTHER = "fedcba9876543210";

    static Stream<Map.Entry<String, AgentRequest>> requests() {
        var seed = new DaemonRequest.Seed("Overlay/main/3/app-1", DaemonRequest.Mode.Overlay, "main", 3);
        var options = new LinkedHashMap<String, String>();
        options.put("filename", "Dockerfile");
        options.put("build-arg:PROFILE", "release $(date)");
        return Stream.<Map.Entry<String, AgentRequest>>of(
                Map.entry(
                        "daemon-request",
                        new DaemonRequest(
                                "[worker.oci]\n  enabled = true\n",
                                true,
                                "own",
                                1024,
                                900,
                                seed,
                                4,
                                2,
                                List.of(2, 3),
                                List.of("0123456789abcdef"),
                                List.of("image", "tests"),
                                1024)),
                Map.entry(
                        "preflight-request",
                        new PreflightRequest("[worker.oci]\n", true, "preflight", "/var/lib/hearth/volumes/locked")),
                Map.entry(
                        "artifact-push-request",
                        new ArtifactPushRequest("/artifact", ARTIFACTS, "uid-of-run", 1_000_000, REGISTRY, 600)),
                Map.entry(
                        "artifact-pull-request",
                        new ArtifactPullRequest(ARTIFACT, "/artifacts/app", 1_000_000, REGISTRY, 600)),
                Map.entry("artifact-remove-request", new ArtifactRemoveRequest(List.of(ARTIFACT), REGISTRY, 600)),
                Map.entry(
                        "image-publish-request",
                        new ImagePublishRequest(
                                "registry.example:5000/team/app",
                                List.of(
                                        new ImagePublishRequest.Image("linux/amd64", DIGEST),
                                        new ImagePublishRequest.Image("linux/arm/v7", "sha256:" + "cd".repeat(32))),
                                List.of("main", "v1.0"),
                                new RegistryAccess(
                                        "builds[app].push", "/run/secrets/registry", List.of("registry.example:5000")),
                                600)),
                Map.entry(
                        "own-request",
                        new OwnRequest("/volume", 1000, List.of("artifacts", "volumes", "volumes/main"))),
                Map.entry("copy-request", new CopyRequest("own", seed, 600)),
                Map.entry(
                        "solve-request",
                        new SolveRequest(
                                "image",
                                options,
                                List.of(
                                        SolveRequest.Import.ofRegistry("registry.example/cache:main"),
                                        SolveRequest.Import.ofFolder("/cache/imports/image")),
                                "/cache/exports/image",
                                new SolveRequest.Push("registry.example/app", true),
                                "/cache/artifacts",
                                900L,
                                1024,
                                true)),
                Map.entry(
                        "task-cache-request",
                        new TaskCacheRequest(
                                60,
                                List.of(
                                        new TaskCacheRequest.Cache(
                                                KEY,
                                                "a".repeat(16),
                                                "/hearth/cache-read-0/" + KEY + "/" + "b".repeat(16)),
                                        new TaskCacheRequest.Cache(OTHER, "a".repeat(16), null)),
                                List.of(KEY + "/" + "c".repeat(16)),
                                List.of(KEY + "/" + "d".repeat(16)),
                                new TaskCacheRequest.Kept(
                                        List.of("a".repeat(16), "b".repeat(16) + "/" + "c".repeat(16)),
                                        1_767_225_600))),
                Map.entry(
                        "collect-request",
                        new CollectRequest(
                                List.of(
                                        new CollectRequest.Pattern(
                                                CollectRequest.Kind.JUnit, "/reports", "/reports/[^/]*\\.xml"),
                                        new CollectRequest.Pattern(
                                                CollectRequest.Kind.Files, "/reports", "/reports/.+")),
                                "/workspace/out")),
                Map.entry(
                        "fetch-request",
                        new FetchRequest(
                                "https://git.example/team/app.git",
                                "0123456789abcdef0123456789abcdef01234567",
                                "/source/commit.git",
                                "/run/secrets/git")),
                Map.entry("serve-request", new ServeRequest("/source/commit.git", "127.0.0.1:9418")),
                Map.entry("read-file-request", new ReadFileRequest("/artifacts/lists", "legs/$(date).json", 524_289)),
                Map.entry(
                        "network-preflight-request",
                        new NetworkPreflightRequest(
                                "kubernetes.default.svc",
                                List.of("kubernetes.default.svc:443", "hearth.hearth.svc:443"))),
                Map.entry("user-namespace-preflight-request", new UserNamespacePreflightRequest("/workspace")));
    }

    @ParameterizedTest
    @MethodSource("requests")
    void requestsAreWhatTheAgentReads(Map.Entry<String, AgentRequest> request) throws IOException {
        assertThat(JSON.readTree(request.getValue().json())).isEqualTo(document(request.getKey()));
    }

    @Test
    void readsEachFieldOfADaemonsReport() throws IOException {
        assertThat(AgentReports.daemon(document("daemon-report").toString()))
                .hasValue(new DaemonReport(
                        1,
                        new DaemonReport.Begun("Overlay", 20),
                        new DaemonReport.Sealed(4, 120, true, List.of("main", "own"), 300),
                        4096,
                        64,
                        2048L,
                        9000L,
                        12L,
                        new AgentProblem("VolumeFull", "what was used longest ago was pruned")));
    }

    @Test
    void readsEachFieldOfASolvesReport() throws IOException {
        assertThat(AgentReports.solve(document("solve-report").toString()))
                .hasValue(new SolveReport(
                        1,
                        "sha256:" + "ab".repeat(32),
                        7,
                        2,
                        "Own",
                        new AgentProblem("CacheBroken", "a database is empty"),
                        new ArtifactFiles("sha256:" + "cd".repeat(32), 3, 12),
                        List.of("[build 2/3] RUN make"),
                        List.of(new SolveReport.Warning("FromAsCasing", "'as' and 'FROM' keywords' casing", 1))));
    }

    @Test
    void readsEachFieldOfATaskCachesReport() throws IOException {
        assertThat(AgentReports.taskCache(document("task-cache-report").toString()))
                .hasValue(new TaskCacheContainerReport(
                        1,
                        Map.of(
                                KEY, new TaskCacheContainerReport.Restored(1200, 34, null),
                                OTHER, new TaskCacheContainerReport.Restored(0, 2, "no space left on device")),
                        true,
                        List.of(KEY + "/" + "e".repeat(16)),
                        Map.of(KEY, 1300L, OTHER, 4L),
                        new TaskCacheContainerReport.Usage(2508, 600, 10485760, 10000000)));
    }

    @Test
    void readsEachFieldOfACollectorsReport() throws IOException {
        assertThat(AgentReports.collect(document("collect-report").toString()))
                .hasValue(new CollectReport(
                        1,
                        new CollectReport.Reports(3, 10, 2),
                        new ArtifactFiles("sha256:" + "0123456789abcdef".repeat(4), 12, 123),
                        true,
                        true));
    }

    @Test
    void readsEachFieldOfReportsOfRegistries() throws IOException {
        assertThat(AgentReports.artifactPush(document("artifact-push-report").toString()))
                .hasValue(new ArtifactPushReport(1, ARTIFACT, 1234));
        assertThat(AgentReports.artifactRemove(
                        document("artifact-remove-report").toString()))
                .hasValue(new ArtifactRemoveReport(1, 2, 1, ARTIFACTS + " does not delete images"));
        assertThat(AgentReports.imagePublish(document("image-publish-report").toString()))
                .hasValue(new ImagePublishReport(1, DIGEST));
    }

    /** A field that a record lacks would be ignored where a report is read. */
    @Test
    void recordsHaveAllFieldsOfReports() throws IOException {
        for (var entry : Map.<String, Function<String, Optional<?>>>of(
                        "daemon-report", AgentReports::daemon,
                        "solve-report", AgentReports::solve,
                        "task-cache-report", AgentReports::taskCache,
                        "collect-report", AgentReports::collect,
                        "artifact-push-report", AgentReports::artifactPush,
                        "artifact-remove-report", AgentReports::artifactRemove,
                        "image-publish-report", AgentReports::imagePublish)
                .entrySet()) {
            var document = document(entry.getKey());
            var report = entry.getValue().apply(document.toString()).orElseThrow();
            assertThat(JSON.readTree(JSON.writeValueAsString(report))).isEqualTo(document);
        }
    }

    @Test
    void agentIsBuiltWithTheBuildKitWhoseCachesAreRead() throws IOException {
        assertThat(Files.readString(Path.of("src/agent/go.mod")))
                .contains("\tgithub.com/moby/buildkit " + BuildKitVersion.PINNED + "\n");
        assertThat(Files.readString(Path.of("src/testbed/go.mod")))
                .contains("\tgithub.com/moby/buildkit " + BuildKitVersion.PINNED + " ");
    }

    @Test
    void exitCodeOfARegistryThatDoesNotAnswerIsTheAgents() throws IOException {
        assertThat(Files.readString(Path.of("src/agent/internal/protocol/registry.go")))
                .contains("const CodeTransient = " + RegistryContainer.UNAVAILABLE + "\n");
    }

    @Test
    void agentReadsItsRequestWhereItIs() throws IOException {
        assertThat(Files.readString(Path.of("src/agent/internal/protocol/protocol.go")))
                .contains("const RequestVariable = \"" + AgentRequest.VARIABLE + "\"\n")
                .contains("\tRequestFileVariable = \"" + AgentRequest.FILE_VARIABLE + "\"\n")
                .contains("\tRequestKeyVariable = \"" + AgentRequest.KEY_VARIABLE + "\"\n")
                .contains("\tRequestWithinVariable = \"" + AgentRequest.WITHIN_VARIABLE + "\"\n");
    }

    private static JsonNode document(String name) throws IOException {
        return JSON.readTree(Files.readString(DOCUMENTS.resolve(name + ".json")));
    }
}
