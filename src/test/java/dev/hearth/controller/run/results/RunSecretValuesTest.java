package dev.hearth.controller.run.results;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class RunSecretValuesTest {

    @Test
    void hasAPasswordAndItsFormInHeadersOfGit() {
        assertThat(values(Map.of("username", "reader", "password", "correct horse")))
                .containsExactlyInAnyOrder("correct horse", base64("reader:correct horse"));
    }

    @Test
    void hasEverySecretValueOfADockerConfiguration() {
        var config = """
                {"auths": {"registry.example": {"username": "pusher", "password": "correct horse",
                 "auth": "cHVzaGVy", "email": "a@example"}, "other.example": {"identitytoken": "token-1"}}}""";

        assertThat(values(Map.of(".dockerconfigjson", config)))
                .contains("correct horse", "cHVzaGVy", "token-1")
                .doesNotContain("pusher", "a@example");
    }

    private static Set<String> values(Map<String, String> data) {
        var secret = new SecretBuilder()
                .withData(data.entrySet().stream()
                        .collect(Collectors.toMap(Map.Entry::getKey, entry -> base64(entry.getValue()))))
                .build();
        var values = new HashSet<String>();
        RunSecretValues.collect(secret, values);
        return values;
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
