package dev.hearth.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hearth.api.CacheScope;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.testbed.ResourceDefinitions;
import dev.hearth.testbed.SnapshotApi;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import io.fabric8.kubernetes.api.model.rbac.Subject;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** A namespace with a finished run, and a tenant with all rights that the API server can grant in it. */
record TenantNamespace(TestNamespace work, PipelineRun run, String scope, KubernetesClient tenant)
        implements AutoCloseable {
    static final String TENANT = "tess";
    static final String EDITOR = "eddie";

    private static final String PIPELINE = """
            apiVersion: hearth.dev/v1alpha1
            kind: Pipeline
            metadata: {name: small}
            spec:
              source: {url: "URL"}
              triggers: {poll: 5s, branches: [main]}
              builds: [{name: tool, artifact: true}]
              tasks: [{name: unit, image: busybox, artifacts: [tool], command: [/artifacts/tool/tool]}]
            """;

    private static final String DOCKERFILE = """
            FROM busybox AS files
            RUN echo '#!/bin/sh' >/tool && chmod 755 /tool
            FROM scratch
            COPY --from=files /tool /
            """;

    /** A minimal definition of a kind that is not part of Kubernetes, for which the API server asks for admission. */
    private static final String DEFINITION = """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata:
              name: %2$ss.%1$s
              annotations: {api-approved.kubernetes.io: unapproved for tests}
            spec:
              group: %1$s
              scope: Namespaced
              names: {kind: %3$s, plural: %2$ss}
              versions:
              - name: %4$s
                served: true
                storage: true
                schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
            """;

    static TenantNamespace open() {
        var work = TestNamespace.open("tenant");
        installSnapshots(work.client());
        bind(work, TENANT, "ClusterRole", "admin");
        bind(work, EDITOR, "ClusterRole", "hearth-editor");
        grantMore(work);
        var tenant = work.cluster().as(TENANT);
        // Policies take effect a moment after their creation.
        work.until(
                "admission policies",
                () -> refusal(() -> tenant.resource(pod(work, "pod", "hearth-any"))
                                .dryRun()
                                .create())
                        .filter(message -> message.contains("ValidatingAdmissionPolicy")));
        try (var repository = work.repository()) {
            var commit = repository.push("refs/heads/main", Map.of("Dockerfile", DOCKERFILE));
            work.apply(PIPELINE.replace("URL", repository.url()));
            var run = work.finishedRunOf(commit);
            assertThat(run.getStatus().phase()).as("%s", run.getStatus()).isEqualTo(Phase.Succeeded);
            var scope = work.client()
                    .resources(CacheScope.class)
                    .inNamespace(work.namespace())
                    .list()
                    .getItems()
                    .getFirst();
            return new TenantNamespace(work, run, scope.getMetadata().getName(), tenant);
        }
    }

    String cache() {
        return "hearth-" + scope + "-linux-amd64";
    }

    String buildPod() {
        return "hearth-" + run.getMetadata().getName() + "-build-linux-amd64";
    }

    String taskPod() {
        return "hearth-" + run.getMetadata().getName() + "-task-unit";
    }

    /** Returns the name of the object of a kind that Hearth created in the tenant's namespace. */
    <T extends HasMetadata> String made(Class<T> kind) {
        return work.client()
                .resources(kind)
                .inNamespace(work.namespace())
                .withLabel(ObjectLabels.PIPELINE, "small")
                .list()
                .getItems()
                .getFirst()
                .getMetadata()
                .getName();
    }

    /** Begins a YAML document. The client reads a text that begins with a brace as JSON. */
    static final String START = "---\n";

    /** Returns a document for the tenant's namespace, with placeholders replaced by names of Hearth's objects. */
    HasMetadata read(String yaml) {
        return work.client()
                .load(stream(START + yaml.replace("CACHE", cache()).replace("NAMESPACE", work.namespace())))
                .items()
                .getFirst();
    }

    HasMetadata created(String yaml) {
        return tenant.resource(read(yaml)).inNamespace(work.namespace()).create();
    }

    /** Fails unless an admission policy of Hearth refuses the request with this message. */
    static void refused(ThrowingCallable request, String message) {
        assertThatThrownBy(request)
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining("ValidatingAdmissionPolicy 'hearth-")
                .hasMessageContaining(message)
                .extracting(problem -> ((KubernetesClientException) problem).getCode())
                .isEqualTo(403);
    }

    private static Optional<String> refusal(Runnable act) {
        try {
            act.run();
            return Optional.empty();
        } catch (KubernetesClientException e) {
            return Optional.ofNullable(e.getMessage());
        }
    }

    private static HasMetadata pod(TestNamespace work, String name, String claim) {
        return work.client()
                .load(stream("""
                apiVersion: v1
                kind: Pod
                metadata: {name: %s, namespace: %s}
                spec:
                  containers: [{name: main, image: busybox}]
                  volumes: [{name: data, persistentVolumeClaim: {claimName: %s}}]
                """.formatted(name, work.namespace(), claim)))
                .items()
                .getFirst();
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Installs the real kind of snapshots if it is available, because other tests use it. */
    private static void installSnapshots(KubernetesClient client) {
        apply(
                client,
                DEFINITION.formatted(
                        "groupsnapshot.storage.k8s.io", "volumegroupsnapshot", "VolumeGroupSnapshot", "v1beta1"));
        if (SnapshotApi.definitions().isPresent()) {
            new SnapshotApi(client).install();
        } else {
            apply(client, DEFINITION.formatted("snapshot.storage.k8s.io", "volumesnapshot", "VolumeSnapshot", "v1"));
        }
    }

    private static void apply(KubernetesClient client, String definition) {
        var applied = client.load(stream(definition)).forceConflicts().serverSideApply();
        applied.forEach(
                it -> client.resource(it).waitUntilCondition(ResourceDefinitions::isEstablished, 30, TimeUnit.SECONDS));
    }

    /** Grants rights that no role of the cluster has, so that only admission policies can refuse a request. */
    private static void grantMore(TestNamespace work) {
        work.client()
                .resource(new RoleBuilder()
                        .withNewMetadata()
                        .withNamespace(work.namespace())
                        .withName("more")
                        .endMetadata()
                        .addNewRule()
                        .withApiGroups("*")
                        .withResources("*")
                        .withVerbs("*")
                        .endRule()
                        .build())
                .create();
        bind(work, TENANT, "Role", "more");
    }

    private static void bind(TestNamespace work, String user, String kind, String role) {
        work.client()
                .resource(new RoleBindingBuilder()
                        .withNewMetadata()
                        .withNamespace(work.namespace())
                        .withName(user + "-" + role)
                        .endMetadata()
                        .withNewRoleRef("rbac.authorization.k8s.io", kind, role)
                        .withSubjects(List.of(new Subject("rbac.authorization.k8s.io", "User", user, null)))
                        .build())
                .create();
    }

    @Override
    public void close() {
        tenant.close();
        work.close();
    }
}
