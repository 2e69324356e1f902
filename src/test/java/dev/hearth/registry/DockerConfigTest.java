package dev.hearth.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DockerConfigTest {

    private static Optional<RegistryLogin> read(String json, String host) {
        return DockerConfig.forRegistry(json.getBytes(StandardCharsets.UTF_8), host);
    }

    private static String basic(String userAndPassword) {
        return Base64.getEncoder().encodeToString(userAndPassword.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @CsvSource({
        "registry.example:5000, registry.example:5000",
        "https://registry.example:5000, registry.example:5000",
        "http://registry.example:5000/, registry.example:5000",
        "https://registry.example:5000/v2/, registry.example:5000",
        "registry.example:5000/team, registry.example:5000",
        "https://index.docker.io/v1/, docker.io",
        "docker.io, docker.io",
        "registry-1.docker.io, docker.io"
    })
    void findsARegistryByEachNameThatToolsGiveIt(String key, String host) {
        var json = "{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}".formatted(key, basic("ada:s3:cret"));

        assertThat(read(json, host)).contains(new RegistryLogin("ada", "s3:cret"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"registry.example", "registry.example:5001", "example:5000", "docker.io"})
    void givesCredentialsToNoOtherRegistry(String host) {
        var json = "{\"auths\":{\"https://registry.example:5000\":{\"auth\":\"%s\"}}}".formatted(basic("ada:s3cret"));

        assertThat(read(json, host)).isEmpty();
    }

    @Test
    void readsUserAndPasswordThatArePlain() {
        var json = "{\"auths\":{\"r.example\":{\"username\":\"ada\",\"password\":\"pläin\"}}}";

        assertThat(read(json, "r.example")).contains(new RegistryLogin("ada", "pläin"));
    }

    @Test
    void prefersTheExactName() {
        var json = "{\"auths\":{\"r.example/team\":{\"auth\":\"%s\"},\"r.example\":{\"auth\":\"%s\"}}}"
                .formatted(basic("team:1"), basic("all:2"));

        assertThat(read(json, "r.example")).contains(new RegistryLogin("all", "2"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "no json",
                "[]",
                "{}",
                "{\"auths\":[]}",
                "{\"auths\":{\"r.example\":null}}",
                "{\"auths\":{\"r.example\":{}}}",
                "{\"auths\":{\"r.example\":{\"auth\":\"***\"}}}",
                "{\"auths\":{\"r.example\":{\"auth\":\"bm9jb2xvbg==\"}}}",
                "{\"auths\":{\"r.example\":{\"identitytoken\":\"x\"}}}"
            })
    void findsNothingInWhatIsNoSuchFile(String json) {
        assertThat(read(json, "r.example")).isEmpty();
    }

    @Test
    void showsNoPassword() {
        assertThat(new RegistryLogin("ada", "s3cret").toString())
                .contains("ada")
                .doesNotContain("s3cret");
    }
}
