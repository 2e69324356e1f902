package dev.hearth.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hearth.testbed.Cluster;
import dev.hearth.testbed.HearthDeployment;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Installs the chart as a second release, beside the Hearth of the other tests. */
class ChartE2E {
    private static final Duration LONGEST = Duration.ofMinutes(2);

    @Test
    void installsUpgradesAndKeepsPipelinesOnUninstall() {
        var cluster = HearthDeployment.shared();
        try (var namespace = cluster.namespace("chart");
                var release = new Release(cluster, namespace.name())) {
            // Given: a namespace with Pod Security level restricted
            namespace.enforce("restricted");

            // When: without network policies, whose names the other Hearth reserves
            release.install(Map.of(
                    "replicas", "2", "watchNamespaces", "{" + namespace.name() + "}", "network.enabled", "false"));

            // Then: both replicas run, one is the leader, and both watch only the namespace
            var installed = release.pods();
            assertThat(installed).hasSize(2);
            var leader = release.leaderAmong(installed);
            assertThat(release.log(leader))
                    .contains("namespace(s): [" + namespace.name() + "]")
                    .doesNotContain("all namespaces")
                    .doesNotContain("orbidden", "HTTP 403");

            // And: the operator has rights only in the namespace
            var account = "system:serviceaccount:" + namespace.name() + ":" + namespace.name();
            for (var right : Map.of("secrets", "get", "pods", "create", "configmaps", "list")
                    .entrySet()) {
                assertThat(PermissionsE2E.may(cluster, account, namespace.name(), right.getValue(), "", right.getKey()))
                        .as("%s", right)
                        .isTrue();
                assertThat(PermissionsE2E.may(cluster, account, "default", right.getValue(), "", right.getKey()))
                        .as("%s elsewhere", right)
                        .isFalse();
            }

            // When
            release.upgrade(Map.of("imagePullPatience", "2m"));

            // Then: pods with the new configuration replace the old ones
            assertThat(release.configuration()).contains("hearth.image-pull-patience=2m");
            assertThat(release.leaderAmong(release.podsWithout(installed))).isNotEqualTo(leader);

            // When
            release.uninstall();

            // Then
            assertThat(cluster.client()
                            .rbac()
                            .clusterRoles()
                            .withLabel("app.kubernetes.io/instance", namespace.name())
                            .list()
                            .getItems())
                    .isEmpty();
            assertThat(cluster.client()
                            .apiextensions()
                            .v1()
                            .customResourceDefinitions()
                            .list()
                            .getItems())
                    .filteredOn(crd -> crd.getSpec().getGroup().equals("hearth.dev"))
                    .hasSize(4)
                    .extracting(ChartE2E::deletedAt)
                    .containsOnlyNulls();
        }
    }

    private static Object deletedAt(CustomResourceDefinition crd) {
        return crd.getMetadata().getDeletionTimestamp();
    }

    /** A release of the chart with the name of its namespace and the image of the code under test. */
    private record Release(Cluster cluster, String name) implements AutoCloseable {

        void install(Map<String, String> values) {
            var image = cluster.client()
                    .apps()
                    .deployments()
                    .inNamespace(HearthDeployment.NAMESPACE)
                    .withName(HearthDeployment.DEPLOYMENT)
                    .get()
                    .getSpec()
                    .getTemplate()
                    .getSpec()
                    .getContainers()
                    .getFirst()
                    .getImage();
            var tag = image.lastIndexOf(':');
            helm(
                    "install",
                    values,
                    // The manifests of the other tests have installed the definitions already.
                    "--take-ownership",
                    "--set-string=image.repository=" + image.substring(0, tag),
                    "--set-string=image.tag=" + image.substring(tag + 1));
        }

        void upgrade(Map<String, String> values) {
            helm("upgrade", values, "--reuse-values");
        }

        private void helm(String verb, Map<String, String> values, String... flags) {
            var arguments = new ArrayList<>(List.of(verb, name, "charts/hearth", "--wait", "--timeout=3m"));
            arguments.addAll(List.of(flags));
            values.forEach((key, value) -> arguments.add("--set=" + key + "=" + value));
            FinishedCommand.helm(cluster.kubeconfig(), name, arguments).succeeded();
        }

        List<String> pods() {
            return cluster
                    .client()
                    .pods()
                    .inNamespace(name)
                    .withLabel("app.kubernetes.io/instance", name)
                    .list()
                    .getItems()
                    .stream()
                    .map(pod -> pod.getMetadata().getName())
                    .toList();
        }

        List<String> podsWithout(List<String> old) {
            return pods().stream().filter(pod -> !old.contains(pod)).toList();
        }

        /** Returns the pod that holds the lease, once it is one of these. */
        String leaderAmong(List<String> pods) {
            await("a leader among " + pods)
                    .atMost(LONGEST)
                    .untilAsserted(() -> assertThat(pods).contains(leader()));
            return leader();
        }

        private String leader() {
            return Optional.ofNullable(cluster.client()
                            .leases()
                            .inNamespace(name)
                            .withName("hearth")
                            .get())
                    .map(lease -> lease.getSpec().getHolderIdentity())
                    .orElse("nobody");
        }

        String log(String pod) {
            return Objects.requireNonNull(
                    cluster.client().pods().inNamespace(name).withName(pod).getLog());
        }

        String configuration() {
            return cluster.client()
                    .configMaps()
                    .inNamespace(name)
                    .withName(name)
                    .get()
                    .getData()
                    .getOrDefault("application.properties", "");
        }

        void uninstall() {
            FinishedCommand.helm(cluster.kubeconfig(), name, List.of("uninstall", name, "--ignore-not-found", "--wait"))
                    .succeeded();
        }

        /** Deletes cluster roles too, which are not in the namespace. */
        @Override
        public void close() {
            uninstall();
        }
    }
}
