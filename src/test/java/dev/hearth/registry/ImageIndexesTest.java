package dev.hearth.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hearth.budget.ResponseBudget;
import dev.hearth.budget.ResponseLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ImageIndexesTest {
    private static final String INDEX = "application/vnd.oci.image.index.v1+json";
    private static final String MISSING = "sha256:" + "0".repeat(64);
    private static final ResponseBudget BUDGET = new ResponseBudget(ResponseLimits.ofHeap(300L << 20));
    private static RegistryServer registry;
    private static RegistryServer secured;

    private final ImageIndexes indexes = new ImageIndexes(BUDGET, true);

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

    private String publish(String path, List<PlatformImage> images, String... tags) throws RegistryException {
        return indexes.publish("tests", registry.host() + "/" + path, images, List.of(tags), null, true);
    }

    private RegistryException failure(
            String repository, List<PlatformImage> images, @Nullable RegistryLogin credentials, boolean insecure) {
        return failure(indexes, repository, images, credentials, insecure);
    }

    private static RegistryException failure(
            ImageIndexes indexes,
            String repository,
            List<PlatformImage> images,
            @Nullable RegistryLogin credentials,
            boolean insecure) {
        var failure = catchThrowableOfType(
                RegistryException.class,
                () -> indexes.publish("tests", repository, images, List.of("main"), credentials, insecure));
        assertThat(failure).isNotNull();
        assertThat(failure.getMessage()).doesNotContain("\n");
        return failure;
    }

    @Test
    void makesOneIndexOfTwoPlatformsUnderEachTag() throws Exception {
        var amd = registry.pushImage("team/two", "amd");
        var arm = registry.pushImage("team/two", "arm");
        var size = registry.manifest("team/two", amd).body().length();

        var digest = publish(
                "team/two",
                List.of(new PlatformImage("linux/arm/v7", arm), new PlatformImage("linux/amd64", amd)),
                "main",
                "v1.0");

        var expected = """
                {"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[\
                {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"%s","size":%d,\
                "platform":{"architecture":"amd64","os":"linux"}},\
                {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"%s","size":%d,\
                "platform":{"architecture":"arm","os":"linux","variant":"v7"}}]}""".formatted(amd, size, arm, size);
        assertThat(digest).isEqualTo(RegistryServer.digest(expected));
        for (String reference : List.of("main", "v1.0", digest)) {
            var found = registry.manifest("team/two", reference);
            assertThat(found.body()).isEqualTo(expected);
            assertThat(found.headers().firstValue("Content-Type")).contains(INDEX);
        }
    }

    @Test
    void givesTheSameDigestWhenItIsDoneAgainInAnotherOrder() throws Exception {
        var amd = new PlatformImage("linux/amd64", registry.pushImage("team/again", "amd"));
        var arm = new PlatformImage("linux/arm64", registry.pushImage("team/again", "arm"));

        var first = publish("team/again", List.of(amd, arm), "main");
        var again = publish("team/again", List.of(arm, amd), "main", "late");

        assertThat(again).isEqualTo(first);
        assertThat(registry.manifest("team/again", "late").body())
                .isEqualTo(registry.manifest("team/again", "main").body());
    }

    @Test
    void movesATagToTheNewIndex() throws Exception {
        var amd = new PlatformImage("linux/amd64", registry.pushImage("team/moved", "amd"));
        var old = new PlatformImage("linux/arm64", registry.pushImage("team/moved", "old"));
        var next = new PlatformImage("linux/arm64", registry.pushImage("team/moved", "next"));
        var before = publish("team/moved", List.of(amd, old), "main");

        var after = publish("team/moved", List.of(amd, next), "main");

        assertThat(after).isNotEqualTo(before);
        assertThat(RegistryServer.digest(registry.manifest("team/moved", "main").body()))
                .isEqualTo(after);
        assertThat(registry.manifest("team/moved", before).statusCode()).isEqualTo(200);
    }

    @Test
    void tagsASingleImageItself() throws Exception {
        var only = registry.pushImage("team/one", "only");

        var digest = publish("team/one", List.of(new PlatformImage("linux/amd64", only)), "main");

        assertThat(digest).isEqualTo(only);
        assertThat(registry.manifest("team/one", "main").body())
                .isEqualTo(registry.manifest("team/one", only).body());
    }

    @Test
    void pushesByDigestAloneWithoutTags() throws Exception {
        var amd = new PlatformImage("linux/amd64", registry.pushImage("team/untagged", "amd"));
        var arm = new PlatformImage("linux/arm64", registry.pushImage("team/untagged", "arm"));

        var digest = publish("team/untagged", List.of(amd, arm));

        assertThat(registry.manifest("team/untagged", digest).statusCode()).isEqualTo(200);
    }

    /** As BuildKit pushes an image with attestations. */
    private String pushAttested(String repository, String image, String attestation) {
        return registry.pushManifest(repository, INDEX, """
                {
                  "schemaVersion": 2, "mediaType": "%s",
                  "manifests": [
                    {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "%s", "size": %d,
                     "platform": {"architecture": "amd64", "os": "linux"}},
                    {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "%s", "size": %d,
                     "annotations": {"vnd.docker.reference.digest": "%s",
                                     "vnd.docker.reference.type": "attestation-manifest"},
                     "platform": {"architecture": "unknown", "os": "unknown"}}
                  ]
                }""".formatted(
                        INDEX,
                        image,
                        registry.manifest(repository, image).body().length(),
                        attestation,
                        registry.manifest(repository, attestation).body().length(),
                        image));
    }

    @Test
    void splicesAnImageThatIsAnIndex() throws Exception {
        var amd = registry.pushImage("team/attested", "amd");
        var attestation = registry.pushImage("team/attested", "attestation");
        var attested = pushAttested("team/attested", amd, attestation);
        var arm = registry.pushImage("team/attested", "arm");

        publish(
                "team/attested",
                List.of(new PlatformImage("linux/amd64", attested), new PlatformImage("linux/arm64", arm)),
                "main");

        var manifests = new ObjectMapper()
                .readTree(registry.manifest("team/attested", "main").body())
                .path("manifests");
        assertThat(manifests.findValuesAsText("digest")).containsExactly(amd, attestation, arm);
        assertThat(manifests
                        .path(1)
                        .path("annotations")
                        .path("vnd.docker.reference.digest")
                        .asText())
                .isEqualTo(amd);
        assertThat(manifests.path(1).path("platform").path("os").asText()).isEqualTo("unknown");
    }

    @Test
    void tagsASingleIndexToTheByte() throws Exception {
        var image = registry.pushImage("team/attested-one", "amd");
        var attestation = registry.pushImage("team/attested-one", "attestation");
        var attested = pushAttested("team/attested-one", image, attestation);

        var digest = publish("team/attested-one", List.of(new PlatformImage("linux/amd64", attested)), "main");

        assertThat(digest).isEqualTo(attested);
        assertThat(RegistryServer.digest(
                        registry.manifest("team/attested-one", "main").body()))
                .isEqualTo(attested);
    }

    @Test
    void pushesWithCredentialsOnly() throws Exception {
        var amd = new PlatformImage("linux/amd64", secured.pushImage("team/app", "amd"));
        var arm = new PlatformImage("linux/arm64", secured.pushImage("team/app", "arm"));
        var repository = secured.host() + "/team/app";

        var without = failure(repository, List.of(amd, arm), null, true);
        var wrong = failure(repository, List.of(amd, arm), new RegistryLogin("ada", "wrong-password"), true);
        var before = secured.manifest("team/app", "main").statusCode();
        var digest = indexes.publish(
                "tests", repository, List.of(amd, arm), List.of("main"), RegistryServer.CREDENTIALS, true);

        assertThat(without).hasMessageContaining(repository + " requires credentials");
        assertThat(without.isTransient()).isFalse();
        assertThat(wrong).hasMessageContaining(repository + " rejects the credentials of push.credentials");
        assertThat(wrong.getMessage()).doesNotContain("wrong-password");
        assertThat(wrong.isTransient()).isFalse();
        assertThat(before).isEqualTo(404);
        assertThat(RegistryServer.digest(secured.manifest("team/app", "main").body()))
                .isEqualTo(digest);
    }

    @Test
    void lendsNobodyTheTokenOfAnother() throws Exception {
        var only = List.of(new PlatformImage("linux/amd64", registry.pushImage("team/app", "only")));
        try (var gate = new TokenAuthProxy(registry)) {
            var repository = gate.host() + "/team/app";

            var digest = indexes.publish("tests", repository, only, List.of("main"), RegistryServer.CREDENTIALS, true);
            var stranger = failure(repository, only, new RegistryLogin("eve", "guess"), true);
            var nobody = failure(repository, only, null, true);

            assertThat(digest).isEqualTo(only.getFirst().digest());
            assertThat(stranger).hasMessageContaining("rejects the credentials");
            assertThat(nobody).hasMessageContaining("requires credentials");
        }
    }

    @Test
    void saysThatAnImageIsMissingAndTagsNothing() {
        var amd = new PlatformImage("linux/amd64", registry.pushImage("team/partial", "amd"));
        var repository = registry.host() + "/team/partial";

        var failure = failure(repository, List.of(amd, new PlatformImage("linux/arm64", MISSING)), null, true);

        assertThat(failure).hasMessageContaining(repository + " has no image " + MISSING);
        assertThat(failure.isTransient()).isFalse();
        assertThat(registry.manifest("team/partial", "main").statusCode()).isEqualTo(404);
    }

    @Test
    void saysThatARegistryDoesNotListen() throws IOException {
        int port;
        try (var closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = closed.getLocalPort();
        }

        var failure = failure(
                "127.0.0.1:" + port + "/team/app", List.of(new PlatformImage("linux/amd64", MISSING)), null, true);

        assertThat(failure).hasMessageContaining("does not answer");
        assertThat(failure.isTransient()).isTrue();
    }

    @Test
    void saysThatARegistryIsUnknown() {
        var failure =
                failure("nosuch.invalid/team/app", List.of(new PlatformImage("linux/amd64", MISSING)), null, false);

        assertThat(failure).hasMessageContaining("the host of registry nosuch.invalid does not resolve");
        assertThat(failure.isTransient()).isTrue();
    }

    @Test
    void saysThatARegistrySpeaksPlainHttp() {
        var failure =
                failure(registry.host() + "/team/app", List.of(new PlatformImage("linux/amd64", MISSING)), null, false);

        assertThat(failure).hasMessageContaining("uses plain HTTP");
        assertThat(failure.isTransient()).isFalse();
    }

    @Test
    void givesUpOnARegistryThatHangsAndLeavesNoConnection() throws IOException {
        try (var hanging = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            var failure = failure(
                    new ImageIndexes(BUDGET, Duration.ofMillis(400), true),
                    "127.0.0.1:" + hanging.getLocalPort() + "/team/app",
                    List.of(new PlatformImage("linux/amd64", MISSING)),
                    null,
                    true);

            assertThat(failure).hasMessageContaining("did not finish within 0.4 s");
            assertThat(failure.isTransient()).isTrue();
            try (var socket = hanging.accept()) {
                socket.setSoTimeout(10_000);
                assertThat(socket.getInputStream().readAllBytes()).isNotEmpty();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"team/app", "app", "", "https://r.example/app", "r.example/app:tag", "r.example/../app", "-x/a"})
    void refusesWhatIsNoRepository(String repository) {
        var failure = failure(repository, List.of(new PlatformImage("linux/amd64", MISSING)), null, true);

        assertThat(failure.isTransient()).isFalse();
        assertThat(failure).hasMessageMatching(".*(names no registry|is not a registry and a path).*");
    }

    @Test
    void refusesAReferenceThatLeadsElsewhere() {
        var image = new PlatformImage("linux/amd64", "sha256:../../../other/manifests/main");

        var failure = failure(registry.host() + "/team/app", List.of(image), null, true);

        assertThat(failure).hasMessageContaining("neither a sha256 digest");
        assertThat(failure.isTransient()).isFalse();
    }
}
