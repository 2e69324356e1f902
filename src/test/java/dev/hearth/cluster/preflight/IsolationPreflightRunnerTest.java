package dev.hearth.cluster.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.core.isolation.PreflightResult.Result;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IsolationPreflightRunnerTest {
    /** What is impossible is not tried again for a long time. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            403 | pods "t" is forbidden: violates PodSecurity "baseline:latest" | false
            403 | pods "t" is forbidden: exceeded quota: pods                   | true
            403 | pods is forbidden: User "hearth" cannot create resource       | false
            409 | object is being deleted: pods "t" already exists              | true
            422 | Pod "t" is invalid: spec.hostUsers                            | false
            429 | too many requests, please try again later                     | true
            500 | etcdserver: request timed out                                 | true
            503 | the server is currently unable to handle the request          | true
            """)
    void whatPassesIsNotTakenForImpossible(int code, String message, boolean passes) {
        var status = new StatusBuilder().withCode(code).withMessage(message).build();

        assertThat(IsolationPreflightRunner.rejected(
                        new KubernetesClientException("Failure executing: POST", code, status)))
                .isInstanceOf(passes ? Result.Delayed.class : Result.Impossible.class);
    }
}
