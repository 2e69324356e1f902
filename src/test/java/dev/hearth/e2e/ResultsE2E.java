package dev.hearth.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.testbed.Hearth;
import dev.hearth.testbed.Workplace;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is left of a run whose pods are gone, as people read it over HTTP. */
class ResultsE2E {
    private static final String PASSWORD = "correct-horse-7";
    private static final String BUILD = "tool/linux/amd64";
    private static final String FOLDER = "/var/lib/hearth/results/runs/";

    @Test
    void logsOutliveTheirPodsForThoseWhoMayReadThemUntilTheRunGoes() {
        try (var work = Workplace.open("results");
                var repository = work.repository()) {
            // Given: somebody who may read runs here, somebody who may not, and a step that prints what it should not
            var reader = token(work, "reader");
            var stranger = token(work, "stranger");
            bind(work, "reader");
            secret(work);
            var commit = repository.push(
                    "refs/heads/main",
                    Map.of("Dockerfile", "FROM busybox\nRUN echo said by the build as $(id -u) " + PASSWORD + "\n"));
            work.apply(Small.pipeline(repository, """
                    builds:
                    - name: tool
                      push: {repository: "registry.fixtures:5000/%s", credentials: {secretName: push}, tags: [main]}
                    tasks:
                    - name: unit
                      image: busybox
                      command:
                      - /bin/sh
                      - -c
                      - printf '\\033[31mred\\033[0m \\033]0;title\\007and %s, correct-\\033[1mhorse-7 too\\r\\ndone\\n'
                    """.formatted(work.namespace(), PASSWORD)));
            var run = work.finishedRunOf(commit);
            assertThat(run.getStatus().phase()).as("%s", run.getStatus()).isEqualTo(Phase.Succeeded);

            // When: the operator is killed, and the pods are deleted once their logs are kept
            killOperator(work);
            var path = "/v1alpha1/namespaces/" + work.namespace() + "/runs/"
                    + run.getMetadata().getName();
            work.until(
                    "logs of both steps",
                    () -> Optional.of(get(work, path, reader))
                            .filter(it -> it.body().contains("step=unit&container=task")
                                    && it.body().contains("step=tool%2Flinux%2Famd64&container=buildkitd")));
            work.client().pods().inNamespace(work.namespace()).delete();
            work.until(
                    "no pods",
                    () -> Optional.of(work.children())
                            .filter(it -> it.stream().noneMatch(child -> child.startsWith("Pod/"))));
            var task = get(work, path + "/log?step=unit", reader);
            var build = get(work, path + "/log?step=" + BUILD, reader);

            // Then: words are there, and neither what a terminal acts on nor secrets
            assertThat(task.body()).isEqualTo("red and ***, *** too\ndone\n");
            assertThat(task.headers().map())
                    .containsEntry("content-type", List.of("text/plain; charset=utf-8"))
                    .containsEntry("x-content-type-options", List.of("nosniff"));
            assertThat(build.body()).contains("said by the build as 0 ***").doesNotContain(PASSWORD, "\u001b");
            assertThat(get(work, path + "/log?step=tool/linux/amd64&container=buildkitd", reader)
                            .body())
                    .isNotBlank();

            // And: nobody else reads them, or learns which runs there are
            assertThat(get(work, path, null).statusCode()).isEqualTo(401);
            assertThat(get(work, path, "no-token").statusCode()).isEqualTo(401);
            assertThat(get(work, path + "/log?step=unit", stranger).statusCode())
                    .isEqualTo(403);
            assertThat(get(work, path + "-other", stranger).body())
                    .isEqualTo(get(work, path, stranger).body());
            assertThat(get(work, path + "-other", reader).statusCode()).isEqualTo(404);
            assertThat(get(work, path + "/file?step=unit&path=../../../../../../etc/passwd", reader)
                            .statusCode())
                    .isEqualTo(404);

            // When
            assertThat(onVolume(work)).contains(run.getMetadata().getUid());
            work.client().resource(run).delete();

            // Then
            assertThat(work.until(
                                    "the run to be gone",
                                    () -> Optional.of(get(work, path, reader)).filter(it -> it.statusCode() == 404))
                            .body())
                    .contains("no run");
            work.until(
                    "its results to be gone",
                    () -> Optional.of(onVolume(work))
                            .filter(it -> !it.contains(run.getMetadata().getUid())));
        }
    }

    private static HttpResponse<String> get(Workplace work, String path, @Nullable String token) {
        return work.until("an answer to " + path, () -> {
            var service = work.client().services().inNamespace(Hearth.NAMESPACE).withName(Hearth.DEPLOYMENT);
            try (var tunnel = service.portForward(8080);
                    var http = HttpClient.newHttpClient()) {
                var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + tunnel.getLocalPort() + path));
                if (token != null) {
                    request.header("Authorization", "Bearer " + token);
                }
                return Optional.of(http.send(request.build(), BodyHandlers.ofString()));
            } catch (IOException | KubernetesClientException | IllegalStateException e) {
                return Optional.empty(); // while an operator restarts
            }
        });
    }

    private static String onVolume(Workplace work) {
        return work.until("a look at the volume", () -> {
            var output = new ByteArrayOutputStream();
            try (var find = work.client()
                    .pods()
                    .resource(operator(work))
                    .writingOutput(output)
                    .exec("ls", "-R", FOLDER)) {
                return Optional.ofNullable(find.exitCode().get(30, TimeUnit.SECONDS))
                        .map(_ -> output.toString(StandardCharsets.UTF_8));
            } catch (KubernetesClientException e) {
                return Optional.empty();
            }
        });
    }

    private static void killOperator(Workplace work) {
        var killed = operator(work);
        work.client().pods().resource(killed).withGracePeriod(0).delete();
        work.until(
                "another operator",
                () -> Optional.of(operator(work))
                        .filter(it -> !it.getMetadata()
                                .getUid()
                                .equals(killed.getMetadata().getUid())));
    }

    private static Pod operator(Workplace work) {
        return work.until(
                "an operator",
                () -> work
                        .client()
                        .pods()
                        .inNamespace(Hearth.NAMESPACE)
                        .withLabel("app.kubernetes.io/name", "hearth")
                        .list()
                        .getItems()
                        .stream()
                        .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                        .findFirst());
    }

    private static String token(Workplace work, String account) {
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

    private static void bind(Workplace work, String account) {
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

    private static void secret(Workplace work) {
        var config = Serialization.asJson(
                Map.of("auths", Map.of("registry.fixtures:5000", Map.of("username", "pusher", "password", PASSWORD))));
        work.client()
                .resource(new SecretBuilder()
                        .withNewMetadata()
                        .withNamespace(work.namespace())
                        .withName("push")
                        .endMetadata()
                        .withType("kubernetes.io/dockerconfigjson")
                        .withStringData(Map.of(".dockerconfigjson", config))
                        .build())
                .create();
    }
}
