package dev.hearth.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hearth.registry.RegistryServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program as a container runs it, with a real registry. */
@Timeout(60)
class WorkerTest {
    private static final String LIMIT = "1000000";
    private static RegistryServer registry;
    private static RegistryServer secured;

    @TempDir
    Path temporary;

    @BeforeAll
    static void start() throws IOException {
        registry = RegistryServer.open();
        secured = RegistryServer.secured();
    }

    @AfterAll
    static void stop() throws IOException {
        registry.close();
        secured.close();
    }

    @Test
    void whatIsPublishedIsFetchedAsItWas() throws Exception {
        var folder = artifact("content");

        var published = new ObjectMapper().readTree(succeeds(Map.of(), "publish", folder, registry.host() + "/team/a"));
        succeeds(Map.of(), "fetch", published.path("image").asText(), temporary + "/files", LIMIT);

        assertThat(published.path("image").asText()).matches(registry.host() + "/team/a@sha256:[0-9a-f]{64}");
        assertThat(published.path("bytes").asLong()).isPositive();
        assertThat(FolderTrees.of(temporary.resolve("files"))).isEqualTo(FolderTrees.of(Path.of(folder)));
    }

    @Test
    void theSameFilesAreTheSameImageAndOthersAreNot() throws Exception {
        var repository = registry.host() + "/team/same";

        var first = succeeds(Map.of(), "publish", artifact("content"), repository);
        var again = succeeds(Map.of(), "publish", artifact("content"), repository);
        var other = succeeds(Map.of(), "publish", artifact("others"), repository);

        assertThat(again).isEqualTo(first);
        assertThat(other).isNotEqualTo(first);
    }

    @Test
    void fetchingAgainChangesNothingAndAHalfIsFetchedAnew() throws Exception {
        var image = image(succeeds(Map.of(), "publish", artifact("content"), registry.host() + "/team/again"));
        var half = Files.createDirectories(temporary.resolve(".files.half/closed"));
        Files.writeString(half.resolve("left"), "over");
        FolderTrees.mode(half, 0500);

        succeeds(Map.of(), "fetch", image, temporary + "/files", LIMIT);
        var before = Files.readAttributes(temporary.resolve("files"), "unix:ino,ctime");
        succeeds(Map.of(), "fetch", image, temporary + "/files", LIMIT);

        assertThat(Files.readAttributes(temporary.resolve("files"), "unix:ino,ctime"))
                .isEqualTo(before);
        assertThat(temporary.resolve("files/closed")).doesNotExist();
        assertThat(temporary.resolve(".files.half")).doesNotExist();
    }

    @Test
    void useCredentialsOfTheSecret() throws Exception {
        var repository = secured.host() + "/team/secret";
        var folder = artifact("content");

        var without = fails(Map.of(), "publish", folder, repository);
        var wrong = fails(config("ada:wrong"), "publish", folder, repository);
        var image = image(succeeds(config("ada:opensesame"), "publish", folder, repository));
        var unread = fails(Map.of(), "fetch", image, temporary + "/files", LIMIT);
        succeeds(config("ada:opensesame"), "fetch", image, temporary + "/files", LIMIT);

        assertThat(without).contains("requires credentials", "in spec.artifacts.credentials");
        assertThat(wrong).contains("rejects the credentials of spec.artifacts.credentials");
        assertThat(unread).contains("requires credentials", "in spec.artifacts.credentials");
        assertThat(temporary.resolve("files/bin/run")).isExecutable();
    }

    @Test
    void saysThatTheSecretIsMissing() throws Exception {
        assertThat(fails(
                        Map.of("DOCKER_CONFIG", temporary + "/none"),
                        "publish",
                        artifact("a"),
                        registry.host() + "/a/b"))
                .contains("the Secret that spec.artifacts.credentials names does not exist");
    }

    @Test
    void saysWhichRepositoryIsNone() throws Exception {
        assertThat(fails(Map.of(), "publish", artifact("a"), registry.host() + "/team/app:tag"))
                .contains("spec.artifacts.repository is not a registry and a path");
    }

    @Test
    void saysThatTheImageIsGone() throws Exception {
        var image = registry.host() + "/team/a@sha256:" + "0".repeat(64);

        assertThat(fails(Map.of(), "fetch", image, temporary + "/files", LIMIT))
                .contains("has no image sha256:000", "spec.artifacts.credentials do not allow reading it");
        assertThat(temporary.resolve("files")).doesNotExist();
    }

    @Test
    void saysThatAnArtifactIsTooLargeAndLeavesNone() throws Exception {
        var image = image(succeeds(Map.of(), "publish", artifact("content"), registry.host() + "/team/large"));

        assertThat(fails(Map.of(), "fetch", image, temporary + "/files", "2000"))
                .contains("larger than 2000 bytes", "hearth.artifacts.size");
        assertThat(temporary.resolve("files")).doesNotExist();
    }

    @Test
    void doesNotTakeAnImageForAnArtifact() throws Exception {
        var digest = registry.pushImage("team/image", "somebody");

        assertThat(fails(Map.of(), "fetch", registry.host() + "/team/image@" + digest, temporary + "/files", LIMIT))
                .contains("is not an artifact");
    }

    /** The first answer is none; a registry that starts later gets the layer. */
    @Test
    void triesAgainWhatMayPass() throws Exception {
        try (var broken = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread.startVirtualThread(() -> BreakingProxy.breakOnceThenServe(broken, registry.host()));

            succeeds(Map.of(), "publish", artifact("later"), "127.0.0.1:" + broken.getLocalPort() + "/team/later");
        }
    }

    private String artifact(String content) throws IOException {
        var folder = Files.createTempDirectory(temporary, "artifact");
        Files.createDirectories(folder.resolve("bin"));
        FolderTrees.mode(Files.writeString(folder.resolve("bin/run"), "#!/bin/sh\n" + content), 0755);
        FolderTrees.mode(Files.writeString(folder.resolve("bin/private"), content), 0600);
        Files.createSymbolicLink(folder.resolve("run"), Path.of("bin/run"));
        return folder.toString();
    }

    private Map<String, String> config(String login) throws IOException {
        var folder = Files.createTempDirectory(temporary, "config");
        Files.writeString(
                folder.resolve("config.json"),
                "{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}"
                        .formatted(
                                secured.host(),
                                Base64.getEncoder()
                                        .encodeToString(login.getBytes(java.nio.charset.StandardCharsets.UTF_8))));
        return Map.of("DOCKER_CONFIG", folder.toString());
    }

    private static String image(String published) throws IOException {
        return new ObjectMapper().readTree(published).path("image").asText();
    }

    private String succeeds(Map<String, String> environment, String... arguments) throws IOException {
        return run(0, environment, arguments);
    }

    private String fails(Map<String, String> environment, String... arguments) throws IOException {
        var message = run(1, environment, arguments);
        assertThat(message).doesNotContain("\n").isNotBlank();
        return message;
    }

    private String run(int expected, Map<String, String> environment, String... arguments) throws IOException {
        var all = new HashMap<>(environment);
        // Whatever the repository: none of these registries has a certificate.
        var insecure = List.of(arguments).stream()
                .filter(argument -> argument.startsWith("127.0.0.1:"))
                .map(argument -> argument.split("/", 2)[0])
                .toList();
        all.put("HEARTH_INSECURE", String.join(",", insecure));
        var message = temporary.resolve("termination-log");
        var patience = new RetrySchedule(Duration.ofSeconds(30), Duration.ofMillis(10));
        var code = new Worker(all, message, patience).run(List.of(arguments));
        var said = Files.readString(message);
        assertThat(code).as(said).isEqualTo(expected);
        return said;
    }
}
