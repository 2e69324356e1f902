package dev.hearth.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.testbed.HearthDeployment;
import dev.hearth.testbed.OperatorCertificate;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the operator serves of runs, as people with an account ask for it. */
final class ResultsClient {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private ResultsClient() {}

    /** The answer to a path for the account of a token. */
    static HttpResponse<String> get(TestNamespace work, String path, @Nullable String token) {
        return get(work, path, token, BodyHandlers.ofString());
    }

    /** Returns a file at a path, for the account of a token. */
    static byte[] file(TestNamespace work, String path, String token) {
        var answer = get(work, path, token, BodyHandlers.ofByteArray());
        assertThat(answer.statusCode()).as(path).isEqualTo(200);
        return answer.body();
    }

    private static <T> HttpResponse<T> get(
            TestNamespace work, String path, @Nullable String token, BodyHandler<T> body) {
        return work.until("an answer to " + path, () -> {
            var service = work.client()
                    .services()
                    .inNamespace(HearthDeployment.NAMESPACE)
                    .withName(HearthDeployment.DEPLOYMENT);
            try (var tunnel = service.portForward(8443);
                    var http = HttpClient.newBuilder()
                            .sslContext(OperatorCertificate.trusting(work.client(), HearthDeployment.NAMESPACE))
                            .build()) {
                var request = HttpRequest.newBuilder(URI.create("https://localhost:" + tunnel.getLocalPort() + path))
                        .timeout(PATIENCE);
                if (token != null) {
                    request.header("Authorization", "Bearer " + token);
                }
                return Optional.of(http.send(request.build(), body));
            } catch (IOException | KubernetesClientException | IllegalStateException e) {
                return Optional.empty(); // while an operator restarts, or a tunnel has lost its connection
            }
        });
    }

    /** Makes an account and gives its token for Hearth. */
    static String token(TestNamespace work, String account) {
        return token(work, account, "hearth");
    }

    /** Makes an account and gives its token for some audience. */
    static String token(TestNamespace work, String account, String audience) {
        var created = work.client()
                .resource(new ServiceAccountBuilder()
                        .withNewMetadata()
                        .withNamespace(work.namespace())
                        .withName(account)
                        .endMetadata()
                        .build())
                .create();
        var request = new TokenRequestBuilder()
                .withNewSpec()
                .withExpirationSeconds(3600L)
                .withAudiences(audience)
                .endSpec()
                .build();
        return Objects.requireNonNull(work.client()
                .serviceAccounts()
                .resource(created)
                .tokenRequest(request)
                .getStatus()
                .getToken());
    }

    /** Lets an account read runs. */
    static void bind(TestNamespace work, String account) {
        work.client()
                .resource(new RoleBindingBuilder()
                        .withNewMetadata()
                        .withNamespace(work.namespace())
                        .withName(account)
                        .endMetadata()
                        .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", "hearth-viewer")
                        .addNewSubject(null, "ServiceAccount", account, work.namespace())
                        .build())
                .create();
    }
}
