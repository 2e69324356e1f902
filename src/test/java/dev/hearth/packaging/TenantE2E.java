package dev.hearth.packaging;

import static dev.hearth.packaging.TenantNamespace.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CacheScope;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.testbed.HearthDeployment;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingAdmissionPolicy;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ways round Hearth's caches that a tenant with every right in a namespace has, and what stays allowed. */
class TenantE2E {
    private static final PatchContext MERGE = PatchContext.of(PatchType.JSON_MERGE);

    private static TenantNamespace tenancy;

    @BeforeAll
    static void open() {
        tenancy = TenantNamespace.open();
    }

    @AfterAll
    static void close() {
        tenancy.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{name: data, persistentVolumeClaim: {claimName: CACHE}}",
                "{name: data, persistentVolumeClaim: {claimName: CACHE, readOnly: true}}",
                "{name: data, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}, dataSource: {kind: PersistentVolumeClaim, name: CACHE}}}}}",
                "{name: data, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}, dataSourceRef: {kind: PersistentVolumeClaim, name: CACHE}}}}}",
            })
    void refusesPodsThatMountHearthsVolumes(String volume) {
        var pod = pod("{name: mine}", volume);

        refused(() -> tenancy.created(pod), "no other pod may mount it or use it as a source: use a claim of your own");
        // An admin's mistakes do as much damage, so an admin's pod is refused as well.
        refused(
                () -> tenancy.work()
                        .client()
                        .resource(tenancy.read(pod))
                        .inNamespace(namespace())
                        .create(),
                "no other pod may mount it or use it as a source");
    }

    @Test
    void refusesPodsOfDeployments() {
        tenancy.created(deployment("thief", "{name: data, persistentVolumeClaim: {claimName: CACHE}}"));

        var why = tenancy.work()
                .until(
                        "the deployment's failure",
                        () -> find(Deployment.class, "thief")
                                .map(it -> it.getStatus().getConditions())
                                .flatMap(conditions -> conditions.stream()
                                        .filter(condition -> condition.getType().equals("ReplicaFailure"))
                                        .findFirst()));

        assertThat(why.getMessage()).contains("no other pod may mount it");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {name: hearth-mine}                                                                             | give pod hearth-mine, or the object that creates it, another name
            {generateName: hearth-}                                                                         | names that begin with hearth- are reserved for Hearth
            {name: mine, labels: {app.kubernetes.io/managed-by: hearth, hearth.dev/scope: SCOPE}}           | remove them from metadata.labels of pod mine
            {name: mine, labels: {hearth.dev/run: main}}                                                    | remove them from metadata.labels of pod mine
            """)
    void refusesPodsThatImitateHearths(String metadata, String message) {
        refused(() -> tenancy.created(pod(metadata, "{name: data, emptyDir: {}}")), message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {name: hearth-mine}                              | {}                                                          | give volume claim hearth-mine, or the object that creates it, another name
            {generateName: hearth-}                          | {}                                                          | names that begin with hearth- are reserved for Hearth
            {name: mine, labels: {hearth.dev/scope: SCOPE}}  | {}                                                          | remove them from metadata.labels of volume claim mine
            {name: mine}                                     | {dataSource: {kind: PersistentVolumeClaim, name: CACHE}}    | name an object of your own in spec.dataSource
            {name: mine}                                     | {dataSourceRef: {kind: PersistentVolumeClaim, name: CACHE}} | name an object of your own in spec.dataSource
            {name: mine}                                     | {dataSource: {apiGroup: snapshot.storage.k8s.io, kind: VolumeSnapshot, name: hearth-any}} | hearth-any belongs to Hearth
            """)
    void refusesClaimsThatUseOrImitateHearths(String metadata, String source, String message) {
        refused(() -> tenancy.created(claim(metadata, source)), message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {name: mine}                                    | CACHE | only Hearth may create snapshots of it
            {name: hearth-mine}                             | own   | give snapshot hearth-mine, or the object that creates it, another name
            {name: mine, labels: {hearth.dev/scope: SCOPE}} | own   | remove them from metadata.labels of snapshot mine
            """)
    void refusesSnapshotsThatUseOrImitateHearths(String metadata, String claim, String message) {
        refused(() -> tenancy.created(snapshot(metadata, claim)), message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{matchLabels: {app.kubernetes.io/managed-by: hearth}}",
                "{matchLabels: {hearth.dev/pipeline: small}}",
                "{matchExpressions: [{key: app, operator: DoesNotExist}]}",
                "{matchExpressions: [{key: hearth.dev/scope, operator: Exists}]}",
            })
    void refusesGroupSnapshotsThatCouldContainHearthsVolumes(String selector) {
        refused(() -> tenancy.created(group(selector)), "add {key: hearth.dev/pipeline, operator: DoesNotExist}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"exec?command=true&stdout=true", "attach?stdout=true", "portforward?ports=80", "proxy/"})
    void refusesExecAttachPortForwardAndProxy(String how) {
        for (var pod : new String[] {tenancy.buildPod(), tenancy.taskPod()}) {
            refused(
                    () -> tenancy.tenant().raw("/api/v1/namespaces/%s/pods/%s/%s".formatted(namespace(), pod, how)),
                    "not allowed for pod " + pod);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"metadata\": {\"labels\": {\"app.kubernetes.io/managed-by\": null}}}",
                "{\"metadata\": {\"labels\": {\"extra\": \"label\"}}}",
                "{\"metadata\": {\"annotations\": {\"hearth.dev/cache-repeats\": \"true\"}}}",
                "{\"metadata\": {\"ownerReferences\": null}}",
                "{\"metadata\": {\"finalizers\": [\"mine.example/stay\"]}}",
                "{\"spec\": {\"activeDeadlineSeconds\": 1}}",
            })
    void refusesChangesOfPodsOfRuns(String change) {
        for (var pod : new String[] {tenancy.buildPod(), tenancy.taskPod()}) {
            refused(
                    () -> tenancy.tenant()
                            .pods()
                            .inNamespace(namespace())
                            .withName(pod)
                            .patch(MERGE, change),
                    "pod " + pod + " belongs to Hearth and cannot be changed");
        }
    }

    @Test
    void refusesEphemeralContainersInPodsOfRuns() {
        for (var pod : new String[] {tenancy.buildPod(), tenancy.taskPod()}) {
            var volume =
                    tenancy
                            .tenant()
                            .pods()
                            .inNamespace(namespace())
                            .withName(pod)
                            .require()
                            .getSpec()
                            .getVolumes()
                            .stream()
                            .filter(it -> it.getPersistentVolumeClaim() != null)
                            .findFirst()
                            .orElseThrow();
            var container = """
                    {"spec": {"ephemeralContainers": [{"name": "debug", "image": "busybox",
                      "volumeMounts": [{"name": "%s", "mountPath": "/artifacts"}]}]}}
                    """.formatted(volume.getName());
            refused(
                    () -> tenancy.tenant()
                            .pods()
                            .inNamespace(namespace())
                            .withName(pod)
                            .subresource("ephemeralcontainers")
                            .patch(PatchContext.of(PatchType.STRATEGIC_MERGE), container),
                    "pod " + pod + " belongs to Hearth and cannot be changed");
        }
    }

    /** A binding could bring a pod to a node of the tenant, and write annotations that admission refuses in patches. */
    @ParameterizedTest
    @ValueSource(strings = {"pods/%s/binding", "bindings"})
    void refusesBindingsOfPodsOfRuns(String path) {
        for (var pod : new String[] {tenancy.buildPod(), tenancy.taskPod()}) {
            refused(() -> bind(tenancy.tenant(), path.formatted(pod), pod), "pod " + pod + " belongs to Hearth");
        }
        tenancy.created(pod("{generateName: unbound-}", "{name: data, emptyDir: {}}")
                .replace("restartPolicy:", "schedulerName: none\n  restartPolicy:"));
        var own = tenancy.tenant().pods().inNamespace(namespace()).list().getItems().stream()
                .filter(pod -> "none".equals(pod.getSpec().getSchedulerName()))
                .filter(pod -> pod.getSpec().getNodeName() == null)
                .findFirst()
                .orElseThrow();
        bind(
                tenancy.tenant(),
                path.formatted(own.getMetadata().getName()),
                own.getMetadata().getName());
    }

    private static void bind(KubernetesClient who, String path, String pod) {
        who.raw("/api/v1/namespaces/" + namespace() + "/" + path + "?dryRun=All", "POST", """
                {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "%s"}, "target": {"kind": "Node", "name": "any"}}
                """.formatted(pod));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"metadata\": {\"labels\": {\"hearth.dev/scope\": null}}}",
                "{\"metadata\": {\"labels\": {\"group\": \"mine\"}}}",
                "{\"metadata\": {\"ownerReferences\": null}}",
                "{\"metadata\": {\"finalizers\": null}}",
                "{\"metadata\": {\"finalizers\": [\"mine.example/stay\"]}}",
            })
    void refusesChangesOfClaims(String change) {
        refused(
                () -> claims(tenancy.tenant(), tenancy.cache(), change),
                "volume claim " + tenancy.cache()
                        + " belongs to Hearth: its labels, owners, finalizers and volume cannot be changed");
    }

    @Test
    void allowsDriversToChangeOnlyFinalizers() {
        var held = find(PersistentVolumeClaim.class, tenancy.cache())
                .orElseThrow()
                .getMetadata()
                .getFinalizers();
        var more = "{\"metadata\": {\"finalizers\": [\"%s\", \"driver.example/keep\"]}}".formatted(held.getFirst());
        var fewer = "{\"metadata\": {\"finalizers\": [\"%s\"]}}".formatted(held.getFirst());
        try (var driver = tenancy.work().cluster().as("system:serviceaccount:driver:csi", "system:masters");
                var account = tenancy.work()
                        .cluster()
                        .as("system:serviceaccount:" + namespace() + ":default", "system:masters")) {
            claims(driver, tenancy.cache(), more);
            refused(() -> claims(account, tenancy.cache(), fewer), "finalizers and volume cannot be changed");
            claims(driver, tenancy.cache(), fewer);
            refused(
                    () -> claims(driver, tenancy.cache(), "{\"metadata\": {\"labels\": {\"group\": \"mine\"}}}"),
                    "its labels, owners");
        }
    }

    @Test
    void refusesRelabellingOwnObjectsAsHearths() {
        var labels =
                "{\"metadata\": {\"labels\": {\"app.kubernetes.io/managed-by\": \"hearth\", \"hearth.dev/scope\": \"%s\"}}}"
                        .formatted(tenancy.scope());
        tenancy.created(pod("{name: plain}", "{name: data, emptyDir: {}}"));
        tenancy.created(claim("{name: plain}", "{}"));

        refused(
                () -> tenancy.tenant()
                        .pods()
                        .inNamespace(namespace())
                        .withName("plain")
                        .patch(MERGE, labels),
                "remove them from metadata.labels of pod plain");
        refused(
                () -> claims(tenancy.tenant(), "plain", labels),
                "remove them from metadata.labels of volume claim plain");
        // Users may set other labels.
        claims(
                tenancy.tenant(),
                "plain",
                "{\"metadata\": {\"labels\": {\"app.kubernetes.io/managed-by\": \"hearth\"}}}");
    }

    /** A user with all rights in the namespace tries to write records that decide about results, caches or networks. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            v1                   | Pod                   | TASK-POD | status | {status: {phase: Succeeded}}                                | the status of pod
            v1                   | Pod                   | BUILD    | status | {metadata: {annotations: {hearth.dev/cache-repeats: "no"}}} | the status of pod
            v1                   | PersistentVolumeClaim | CACHE    | status | {status: {phase: Lost}}                                     | the status of volume claim
            v1                   | PersistentVolumeClaim | CACHE    | status | {status: {capacity: {storage: 1Ti}}}                        | the status of volume claim
            v1                   | ConfigMap             | RECORD   |        | {data: {other: text}}                                       | a record of Hearth and cannot be changed
            v1                   | ConfigMap             | RECORD   |        | {metadata: {ownerReferences: null}}                         | a record of Hearth and cannot be changed
            networking.k8s.io/v1 | NetworkPolicy         | NETWORK  |        | {spec: {egress: [{}]}}                                      | belongs to Hearth and cannot be changed
            networking.k8s.io/v1 | NetworkPolicy         | NETWORK  |        | {metadata: {labels: {hearth.dev/pipeline: null}}}           | belongs to Hearth and cannot be changed
            hearth.dev/v1alpha1  | CacheScope            | SCOPE    | status | {status: {lastGeneration: 7, volumes: []}}                        | is a record of Hearth
            hearth.dev/v1alpha1  | CacheScope            | SCOPE    |        | {metadata: {annotations: {hearth.dev/mine: "true"}}}        | use labels of your own
            hearth.dev/v1alpha1  | CacheScope            | SCOPE    |        | {metadata: {labels: {app.kubernetes.io/managed-by: me}}}    | use labels of your own
            hearth.dev/v1alpha1  | CacheScope            | SCOPE    |        | {metadata: {ownerReferences: null}}                         | use labels of your own
            hearth.dev/v1alpha1  | CacheScope            | SCOPE    |        | {metadata: {finalizers: [mine.example/stay]}}               | use labels of your own
            hearth.dev/v1alpha1  | PipelineRun           | RUN      | status | {status: {phase: Succeeded}}                                | is a record of Hearth
            hearth.dev/v1alpha1  | PipelineRun           | RUN      |        | {metadata: {labels: {hearth.dev/pipeline: other}}}          | use labels of your own
            hearth.dev/v1alpha1  | PipelineRun           | RUN      |        | {metadata: {annotations: {hearth.dev/mine: "true"}}}        | use labels of your own
            hearth.dev/v1alpha1  | PipelineRun           | RUN      |        | {metadata: {ownerReferences: null}}                         | use labels of your own
            hearth.dev/v1alpha1  | Pipeline              | small    | status | {status: {refs: 7}}                                         | is a record of Hearth
            """)
    void refusesWritesOfRecordsAndStatuses(
            String version, String kind, String name, String subresource, String change, String message) {
        var patch = Serialization.asJson(Serialization.unmarshal(TenantNamespace.START + change, Object.class));
        // The request is valid: the operator may make it.
        try (var operator = HearthDeployment.operator(tenancy.work().cluster())) {
            patch(operator, version, kind, name, subresource, patch);
        }
        refused(() -> patch(tenancy.tenant(), version, kind, name, subresource, patch), message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {apiVersion: v1, kind: ConfigMap, metadata: {name: hearth-mine}}                                                                   | give ConfigMap hearth-mine
            {apiVersion: v1, kind: ConfigMap, metadata: {name: mine, labels: {hearth.dev/pipeline: small}}}                                    | of ConfigMap mine
            {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: hearth-mine}, spec: {podSelector: {}}}                     | give NetworkPolicy hearth-mine
            {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: mine, labels: {hearth.dev/run: a}}, spec: {podSelector: {}}} | of NetworkPolicy mine
            {apiVersion: hearth.dev/v1alpha1, kind: PipelineRun, metadata: {name: mine, labels: {hearth.dev/pipeline: small}}, spec: {pipeline: small, ref: refs/heads/main}} | spec.pipeline names its Pipeline
            {apiVersion: hearth.dev/v1alpha1, kind: PipelineRun, metadata: {name: mine, ownerReferences: [{apiVersion: hearth.dev/v1alpha1, kind: Pipeline, name: small, uid: forged}]}, spec: {pipeline: small, ref: refs/heads/main}} | spec.pipeline names its Pipeline
            """)
    void refusesObjectsThatImitateHearths(String object, String message) {
        try (var operator = HearthDeployment.operator(tenancy.work().cluster())) {
            operator.resource(tenancy.read(object))
                    .inNamespace(namespace())
                    .dryRun()
                    .create();
        }
        refused(() -> tenancy.created(object), message);
    }

    @Test
    void refusesDeletionOfNetworkPolicies() {
        var policy = tenancy.tenant()
                .network()
                .v1()
                .networkPolicies()
                .inNamespace(namespace())
                .withName(tenancy.made(NetworkPolicy.class));

        refused(policy::delete, "is deleted with its pipeline");
    }

    @Test
    void allowsDriversToReportOnlySizesOfClaims() {
        try (var driver = tenancy.work().cluster().as("system:serviceaccount:driver:csi", "system:masters")) {
            patch(
                    driver,
                    "v1",
                    "PersistentVolumeClaim",
                    "CACHE",
                    "status",
                    "{\"status\": {\"capacity\": {\"storage\": \"1Ti\"}}}");
            refused(
                    () -> patch(
                            driver,
                            "v1",
                            "PersistentVolumeClaim",
                            "CACHE",
                            "status",
                            "{\"status\": {\"phase\": \"Lost\"}}"),
                    "the status of volume claim");
        }
    }

    /** A rule with a type error would refuse all requests, or none. */
    @Test
    void policiesHaveNoTypeErrors() {
        var policies = tenancy.work()
                .client()
                .resources(ValidatingAdmissionPolicy.class)
                .withLabel("app.kubernetes.io/instance", "hearth")
                .list()
                .getItems();

        assertThat(policies)
                .extracting(policy -> policy.getMetadata().getName())
                .contains("hearth-pods", "hearth-audit-runs");
        for (var policy : policies) {
            var checked = tenancy.work()
                    .until(
                            "the types of " + policy.getMetadata().getName(),
                            () -> Optional.of(tenancy.work()
                                            .client()
                                            .resources(ValidatingAdmissionPolicy.class)
                                            .withName(policy.getMetadata().getName())
                                            .get())
                                    .filter(it -> it.getStatus() != null
                                            && it.getStatus().getTypeChecking() != null));
            assertThat(checked.getStatus().getTypeChecking().getExpressionWarnings())
                    .as(policy.getMetadata().getName())
                    .isEmpty();
        }
    }

    @Test
    void refusesCreationOfScopes() {
        refused(() -> tenancy.created("""
                apiVersion: hearth.dev/v1alpha1
                kind: CacheScope
                metadata: {name: mine, namespace: NAMESPACE}
                spec: {pipeline: small, ref: refs/heads/main, trust: Trusted, platforms: [linux/amd64]}
                """), "start a run of the ref instead");
    }

    @Test
    void allowsEditorsOnlyToRollScopesBack() {
        try (var editor = tenancy.work().cluster().as(TenantNamespace.EDITOR)) {
            scopes(editor).patch(MERGE, "{\"spec\": {\"rollbackTo\": 1}}");

            assertThat(find(CacheScope.class, tenancy.scope())
                            .orElseThrow()
                            .getSpec()
                            .rollbackTo())
                    .isEqualTo(1);
            for (var change : new String[] {"\"platforms\": [\"linux/arm64\"]", "\"policy\": \"other\""}) {
                refused(
                        () -> scopes(editor).patch(MERGE, "{\"spec\": {" + change + "}}"),
                        "only spec.rollbackTo can be changed");
            }
        }
    }

    @Test
    void allowsTheTenantsOwnObjects() {
        // A pod on a claim that the provisioner fills, by a Deployment as well
        tenancy.created(claim("{name: own}", "{}"));
        tenancy.created(pod("{name: own}", "{name: data, persistentVolumeClaim: {claimName: own}}"));
        tenancy.created(
                deployment(
                        "own",
                        "{name: data, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}"));
        tenancy.created(snapshot("{name: own}", "own"));
        tenancy.created(group("{matchLabels: {app: own}}"));
        tenancy.created(group("{matchExpressions: [{key: hearth.dev/pipeline, operator: DoesNotExist}]}"));

        tenancy.work()
                .until(
                        "own pod",
                        () -> find(Pod.class, "own")
                                .filter(pod ->
                                        "Succeeded".equals(pod.getStatus().getPhase())));
        tenancy.work()
                .until(
                        "own deployment",
                        () -> find(Deployment.class, "own")
                                .filter(it ->
                                        Integer.valueOf(1).equals(it.getStatus().getUpdatedReplicas())));
        claims(tenancy.tenant(), "own", "{\"metadata\": {\"labels\": {\"app\": \"own\"}, \"finalizers\": null}}");
        patch(tenancy.tenant(), "v1", "Pod", "own", "status", "{\"status\": {\"message\": \"mine\"}}");
        for (var object : new String[] {
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: own}}",
            "{apiVersion: v1, kind: Secret, metadata: {name: own, annotations: {hearth.dev/pipelines: small}}}",
            "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: own}, spec: {podSelector: {matchLabels: {app: own}}}}",
        }) {
            tenancy.created(object);
        }
        for (var record : Map.of("CacheScope", "SCOPE", "PipelineRun", "RUN", "Pipeline", "small")
                .entrySet()) {
            patch(
                    tenancy.tenant(),
                    "hearth.dev/v1alpha1",
                    record.getKey(),
                    record.getValue(),
                    null,
                    "{\"metadata\": {\"labels\": {\"team\": \"own\"}}}");
        }
        assertThat(find(PersistentVolumeClaim.class, "own")
                        .orElseThrow()
                        .getStatus()
                        .getPhase())
                .isEqualTo("Bound");
    }

    @Test
    void deletingAScopeClearsTheCache() {
        // Given: a namespace of its own, so that no other test misses the scope
        try (var tenancy = TenantNamespace.open()) {
            var work = tenancy.work();
            var before =
                    find(tenancy, PersistentVolumeClaim.class, tenancy.cache()).orElseThrow();

            // When
            scopes(tenancy, tenancy.tenant()).delete();

            // Then
            work.until(
                    "the volume to go",
                    () -> Optional.of(tenancy)
                            .filter(it -> find(it, PersistentVolumeClaim.class, it.cache())
                                    .filter(claim -> claim.getMetadata()
                                            .getUid()
                                            .equals(before.getMetadata().getUid()))
                                    .isEmpty()));
            var again = work.finished(work.start("small", "refs/heads/main", null));
            assertThat(again.getStatus().phase()).as("%s", again.getStatus()).isEqualTo(Phase.Succeeded);
        }
    }

    /** Writes nothing, even if it may. */
    private static void patch(
            KubernetesClient who,
            String version,
            String kind,
            String name,
            @Nullable String subresource,
            String patch) {
        var object = who.genericKubernetesResources(version, kind)
                .inNamespace(namespace())
                .withName(
                        switch (name) {
                            case "TASK-POD" -> tenancy.taskPod();
                            case "BUILD" -> tenancy.buildPod();
                            case "CACHE" -> tenancy.cache();
                            case "SCOPE" -> tenancy.scope();
                            case "RUN" -> tenancy.run().getMetadata().getName();
                            case "RECORD" -> tenancy.made(ConfigMap.class);
                            case "NETWORK" -> tenancy.made(NetworkPolicy.class);
                            default -> name;
                        });
        var dry = new PatchContext.Builder()
                .withPatchType(PatchType.JSON_MERGE)
                .withDryRun(List.of("All"))
                .build();
        if (subresource == null) {
            object.patch(dry, patch);
        } else {
            object.subresource(subresource).patch(dry, patch);
        }
    }

    private static void claims(KubernetesClient who, String name, String change) {
        who.persistentVolumeClaims().inNamespace(namespace()).withName(name).patch(MERGE, change);
    }

    private static Resource<CacheScope> scopes(KubernetesClient who) {
        return scopes(tenancy, who);
    }

    private static Resource<CacheScope> scopes(TenantNamespace tenancy, KubernetesClient who) {
        return who.resources(CacheScope.class)
                .inNamespace(tenancy.work().namespace())
                .withName(tenancy.scope());
    }

    private static String namespace() {
        return tenancy.work().namespace();
    }

    private static <T extends HasMetadata> Optional<T> find(Class<T> kind, String name) {
        return find(tenancy, kind, name);
    }

    private static <T extends HasMetadata> Optional<T> find(TenantNamespace tenancy, Class<T> kind, String name) {
        return Optional.ofNullable(tenancy.work()
                .client()
                .resources(kind)
                .inNamespace(tenancy.work().namespace())
                .withName(name)
                .get());
    }

    private static String pod(String metadata, String volume) {
        return """
                apiVersion: v1
                kind: Pod
                metadata: %s
                spec:
                  restartPolicy: Never
                  containers: [{name: main, image: busybox, imagePullPolicy: IfNotPresent, command: ["true"], volumeMounts: [{name: data, mountPath: /data}]}]
                  volumes: [%s]
                """.formatted(metadata, volume);
    }

    private static String deployment(String name, String volume) {
        return """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: %1$s}
                spec:
                  selector: {matchLabels: {app: %1$s}}
                  template:
                    metadata: {labels: {app: %1$s}}
                    spec:
                      terminationGracePeriodSeconds: 0
                      containers: [{name: main, image: busybox, imagePullPolicy: IfNotPresent, command: [sleep, "3600"], volumeMounts: [{name: data, mountPath: /data}]}]
                      volumes: [%2$s]
                """.formatted(name, volume);
    }

    private static String claim(String metadata, String source) {
        return """
                apiVersion: v1
                kind: PersistentVolumeClaim
                metadata: %s
                spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}%s}
                """.formatted(metadata, source.equals("{}") ? "" : ", " + source.substring(1, source.length() - 1));
    }

    private static String snapshot(String metadata, String claim) {
        return """
                apiVersion: snapshot.storage.k8s.io/v1
                kind: VolumeSnapshot
                metadata: %s
                spec: {source: {persistentVolumeClaimName: %s}}
                """.formatted(metadata, claim);
    }

    private static String group(String selector) {
        return """
                apiVersion: groupsnapshot.storage.k8s.io/v1beta1
                kind: VolumeGroupSnapshot
                metadata: {generateName: mine-}
                spec: {source: {selector: %s}}
                """.formatted(selector);
    }
}
