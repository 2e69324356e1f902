package dev.hearth.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hearth.testbed.Cluster;
import dev.hearth.testbed.HearthDeployment;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rights of the operator and of users after the installation, as the API server answers. */
class PermissionsE2E {
    private static final String OPERATOR = "system:serviceaccount:" + HearthDeployment.NAMESPACE + ":hearth";

    @ParameterizedTest
    @CsvSource({
        // Listing Secrets
        "list, '', secrets",
        "watch, '', secrets",
        "create, '', secrets",
        "watch, '', configmaps",
        // Exec into pods, and service accounts
        "create, '', pods/exec",
        "create, authorization.k8s.io, localsubjectaccessreviews",
        "create, '', serviceaccounts/token",
        "create, apps, deployments",
        "impersonate, '', users",
        // Objects of users
        "delete, hearth.dev, pipelines",
        "patch, hearth.dev, pipelines",
        "patch, hearth.dev, cachepolicies",
        "delete, hearth.dev, cachepolicies",
        // Storage
        "delete, '', persistentvolumes",
        "patch, snapshot.storage.k8s.io, volumesnapshots",
        "get, snapshot.storage.k8s.io, volumesnapshotcontents",
        "create, snapshot.storage.k8s.io, volumesnapshotclasses",
        // Networks, except its policies and the one service that it reads
        "watch, networking.k8s.io, networkpolicies",
        "create, networking.k8s.io, ingresses",
        "get, '', services",
        "list, discovery.k8s.io, endpointslices",
        // The cluster
        "get, '', nodes",
        "patch, '', namespaces",
        "create, '', namespaces",
        "create, rbac.authorization.k8s.io, clusterrolebindings",
        "get, apiextensions.k8s.io, customresourcedefinitions",
        "get, coordination.k8s.io, leases",
    })
    void theOperatorMayNot(String verb, String group, String resource) {
        assertThat(may(HearthDeployment.shared(), OPERATOR, "default", verb, group, resource))
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "create, '', pods",
        "patch, '', pods",
        "delete, hearth.dev, pipelineruns",
        "delete, hearth.dev, cachescopes",
        "patch, hearth.dev, cachescopes",
        "get, '', namespaces",
        "list, '', namespaces",
        "watch, '', namespaces",
        "watch, storage.k8s.io, storageclasses",
        "watch, hearth.dev, cachepolicies",
        "list, '', events",
        "delete, '', persistentvolumeclaims",
        "get, '', secrets",
        "patch, hearth.dev, pipelineruns/status",
        "update, hearth.dev, pipelineruns/finalizers",
        "create, snapshot.storage.k8s.io, volumesnapshots",
        "delete, '', persistentvolumeclaims",
        "patch, networking.k8s.io, networkpolicies",
        "list, networking.k8s.io, networkpolicies",
        "delete, networking.k8s.io, networkpolicies",
        "delete, hearth.dev, cachescopes",
        "list, '', persistentvolumes",
        "list, '', configmaps",
        "delete, '', configmaps",
        "get, '', pods/log",
        "create, authentication.k8s.io, tokenreviews",
        "create, authorization.k8s.io, subjectaccessreviews",
    })
    void theOperatorMay(String verb, String group, String resource) {
        assertThat(may(HearthDeployment.shared(), OPERATOR, "default", verb, group, resource))
                .isTrue();
    }

    @Test
    void editorsMayWriteAndViewersMayReadPipelines() {
        var cluster = HearthDeployment.shared();
        try (var namespace = cluster.namespace("people")) {
            // Given
            bind(namespace, "ada", "edit");
            bind(namespace, "ben", "view");
            bind(namespace, "cy", "hearth-editor");

            // Then: the cluster's own roles aggregate those of Hearth, after a moment
            await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
                for (var kind : List.of("pipelines", "pipelineruns")) {
                    assertThat(may(cluster, "ada", namespace.name(), "create", "hearth.dev", kind))
                            .isTrue();
                    assertThat(may(cluster, "ben", namespace.name(), "list", "hearth.dev", kind))
                            .isTrue();
                    assertThat(may(cluster, "ben", namespace.name(), "create", "hearth.dev", kind))
                            .isFalse();
                }
                for (var user : List.of("ada", "ben", "cy")) {
                    assertThat(may(cluster, user, namespace.name(), "get", "hearth.dev", "pipelineruns/log"))
                            .isTrue();
                }
                assertThat(may(cluster, "cy", namespace.name(), "create", "hearth.dev", "pipelines"))
                        .isTrue();
                for (var verb : List.of("patch", "delete")) {
                    assertThat(may(cluster, "ada", namespace.name(), verb, "hearth.dev", "cachescopes"))
                            .isTrue();
                    assertThat(may(cluster, "ben", namespace.name(), verb, "hearth.dev", "cachescopes"))
                            .isFalse();
                }
            });
            // Creating scopes and pods would give access to caches.
            assertThat(may(cluster, "ada", namespace.name(), "create", "hearth.dev", "cachescopes"))
                    .isFalse();
            assertThat(may(cluster, "ada", namespace.name(), "patch", "hearth.dev", "pipelineruns/status"))
                    .isFalse();
            assertThat(may(cluster, "cy", namespace.name(), "create", "", "pods"))
                    .isFalse();
        }
    }

    /** Asks the API server whether a user has a right. */
    static boolean may(Cluster cluster, String user, String namespace, String verb, String group, String resource) {
        var parts = resource.split("/", 2);
        var review = cluster.client()
                .authorization()
                .v1()
                .subjectAccessReview()
                .create(new SubjectAccessReviewBuilder()
                        .withNewSpec()
                        .withUser(user)
                        .withNewResourceAttributes()
                        .withNamespace(namespace)
                        .withVerb(verb)
                        .withGroup(group)
                        .withResource(parts[0])
                        .withSubresource(parts.length > 1 ? parts[1] : "")
                        .endResourceAttributes()
                        .endSpec()
                        .build());
        return Optional.ofNullable(review.getStatus().getAllowed()).orElse(false);
    }

    private static void bind(Cluster.Namespace namespace, String user, String role) {
        namespace
                .client()
                .resource(new RoleBindingBuilder()
                        .withNewMetadata()
                        .withNamespace(namespace.name())
                        .withName(user)
                        .endMetadata()
                        .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", role)
                        .addNewSubject("rbac.authorization.k8s.io", "User", user, null)
                        .build())
                .create();
    }
}
