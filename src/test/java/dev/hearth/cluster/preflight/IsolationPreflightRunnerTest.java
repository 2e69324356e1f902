package dev.hearth.cluster.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.config.TestConfig;
import dev.hearth.core.isolation.PreflightResult.Result;
import dev.hearth.testbed.FakeApiServer;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodListBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
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

    @Test
    void podThatIsAdmittedLikeOneThatSucceededIsNotRun() throws IOException {
        try (var server = new FakeApiServer()) {
            var runner = runner(server, true);
            assertThat(run(runner, server, "a", 0)).isEqualTo(new Result.Possible());
            assertThat(server.created()).as("a dry run and the pod").hasSize(2);

            assertThat(run(runner, server, "b", 0)).isEqualTo(new Result.Possible());

            assertThat(server.created()).as("another dry run").hasSize(3);
        }
    }

    @Test
    void failureCountsForNoOtherNamespace() throws IOException {
        try (var server = new FakeApiServer()) {
            var runner = runner(server, true);
            assertThat(run(runner, server, "a", 1)).isInstanceOf(Result.Impossible.class);

            assertThat(run(runner, server, "b", 0)).isEqualTo(new Result.Possible());

            assertThat(server.created()).as("a dry run and the pod, twice").hasSize(4);
        }
    }

    @Test
    void eachNamespaceHasItsOwnPodUnlessResultsAreShared() throws IOException {
        try (var server = new FakeApiServer()) {
            var runner = runner(server, false);

            assertThat(run(runner, server, "a", 0)).isEqualTo(new Result.Possible());
            assertThat(run(runner, server, "b", 0)).isEqualTo(new Result.Possible());

            assertThat(server.created()).as("the pods").hasSize(2);
        }
    }

    private static IsolationPreflightRunner runner(FakeApiServer server, boolean shared) {
        return new IsolationPreflightRunner(
                server.client(), TestConfig.of(Map.of("preflights.shared", shared)), Clock.systemUTC());
    }

    /** Runs a pod that ends with an exit code. */
    private static Result run(IsolationPreflightRunner runner, FakeApiServer server, String namespace, int exitCode) {
        var pods = "/api/v1/namespaces/" + namespace + "/pods";
        var pod = new PodBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName("hearth-preflight")
                .withUid("uid")
                .withOwnerReferences(new OwnerReferenceBuilder()
                        .withApiVersion("hearth.dev/v1alpha1")
                        .withKind("Pipeline")
                        .withName("p")
                        .withUid("p-uid")
                        .build())
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("check")
                .endContainer()
                .endSpec()
                .build();
        var ended = new PodBuilder(pod)
                .withNewStatus()
                .withPhase(exitCode == 0 ? "Succeeded" : "Failed")
                .addNewContainerStatus()
                .withName("check")
                .withNewState()
                .withNewTerminated()
                .withExitCode(exitCode)
                .withFinishedAt("2026-01-01T00:00:00Z")
                .endTerminated()
                .endState()
                .endContainerStatus()
                .endStatus()
                .build();
        server.create(pods);
        server.put(
                pods,
                Serialization.asJson(new PodListBuilder()
                        .withNewMetadata()
                        .withResourceVersion("1")
                        .endMetadata()
                        .withItems(ended)
                        .build()));
        return runner.run(pod, Duration.ofSeconds(5), Instant.EPOCH);
    }
}
