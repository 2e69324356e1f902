package dev.hearth.e2e;

import dev.hearth.testbed.Hearth;
import dev.hearth.testbed.Workplace;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the operator serves of runs, as people with an account ask for it. */
final class Served {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private Served() {}

    /** The answer to a path for the account of a token. */
    static HttpResponse<String> get(Workplace work, String path, @Nullable String token) {
        return work.until("an answer to " + path, () -> {
            var service = work.client().services().inNamespace(Hearth.NAMESPACE).withName(Hearth.DEPLOYMENT);
            try (var tunnel = service.portForward(8080);
                    var http = HttpClient.newHttpClient()) {
                var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + tunnel.getLocalPort() + path))
                        .timeout(PATIENCE);
                if (token != null) {
                    request.header("Authorization", "Bearer " + token);
                }
                return Optional.of(http.send(request.build(), BodyHandlers.ofString()));
            } catch (IOException | KubernetesClientException | IllegalStateException e) {
                return Optional.empty(); // while an operator restarts, or a tunnel has lost its connection
            }
        });
    }

    /** Makes an account and gives its token. */
    static String token(Workplace work, String account) {
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
    static void bind(Workplace work, String account) {
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
