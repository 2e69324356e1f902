package dev.hearth.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.audit.AuditLog;
import dev.hearth.cluster.UserAccess.Answer;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResultsAuthorizerTest {
    private final List<String> asked = new ArrayList<>();
    private final List<String> audited = new ArrayList<>();
    private final ResultsAuthorizer gate = new ResultsAuthorizer(
            (token, namespace, run) -> {
                asked.add(token + " " + namespace + "/" + run);
                return switch (token) {
                    case "reader" -> new Answer.Allowed("ada");
                    case "stranger" -> new Answer.Forbidden("sue");
                    case "broken" -> throw new KubernetesClientException("no API server");
                    default -> new Answer.Unknown();
                };
            },
            "hearth",
            new AuditLog((line, _) -> audited.add(line)));

    @ParameterizedTest
    @ValueSource(strings = {"Bearer reader", "bearer reader", "Bearer  reader "})
    void letsThroughWhomTheApiServerAllows(String authorization) {
        assertThat(gate.refuse(authorization, "ci", "run", "/log")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Bearer", "Bearer ", "Basic cmVhZGVy", "reader"})
    void wantsATokenAndAsksNobodyWithoutOne(String authorization) {
        assertThat(gate.refuse(authorization, "ci", "run", "/log")).hasValue(HttpRefusal.noToken("hearth"));
        assertThat(gate.refuse(null, "ci", "run", "/log")).hasValue(HttpRefusal.noToken("hearth"));
        assertThat(asked).isEmpty();
    }

    @Test
    void saysTheSameOfEveryRunToWhomeverMayReadNone() {
        assertThat(gate.refuse("Bearer stranger", "ci", "run", "/log"))
                .isEqualTo(gate.refuse("Bearer stranger", "ci", "other", "/log"))
                .hasValueSatisfying(refusal -> assertThat(refusal.status()).isEqualTo(403));
        assertThat(gate.refuse("Bearer made-up", "ci", "run", "/log")).hasValue(HttpRefusal.unknownToken("hearth"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Bearer made-up"})
    void saysHowToMakeATokenForItsAudience(String authorization) {
        assertThat(gate.refuse(authorization, "ci", "run", "/log"))
                .hasValueSatisfying(refusal -> assertThat(refusal)
                        .returns(401, HttpRefusal::status)
                        .extracting(HttpRefusal::sentence)
                        .asString()
                        .contains("kubectl create token ACCOUNT --audience hearth"));
    }

    @Test
    void answerHoldsForItsTokenAndRunAlone() {
        for (int i = 0; i < 3; i++) {
            gate.refuse("Bearer reader", "ci", "run", "/log");
            gate.refuse("Bearer reader", "ci", "other", "/log");
            gate.refuse("Bearer stranger", "ci", "run", "/log");
            gate.refuse("Bearer reader", "tools", "run", "/log");
        }

        assertThat(asked).containsExactly("reader ci/run", "reader ci/other", "stranger ci/run", "reader tools/run");
    }

    @Test
    void letsNobodyThroughWhileTheApiServerCannotBeAsked() {
        assertThat(gate.refuse("Bearer broken", "ci", "run", "/log")).hasValue(HttpRefusal.BUSY);
        assertThat(gate.refuse("Bearer broken", "ci", "run", "/log")).hasValue(HttpRefusal.BUSY);
        assertThat(asked).hasSize(2);
    }

    /** Each time, though the API server is asked once; and nobody without a token fills the log. */
    @Test
    void recordsWhoReadAndWhoMayNot() {
        for (var authorization :
                List.of("Bearer reader", "Bearer reader", "Bearer stranger", "Bearer made-up", "Basic a")) {
            gate.refuse(authorization, "ci", "run", "/log");
        }

        assertThat(audited)
                .containsExactly("ResultsRead ci/run by ada", "ResultsRead ci/run by ada", "ResultsRead ci/run by sue");
    }
}
