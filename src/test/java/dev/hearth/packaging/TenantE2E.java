package dev.hearth.packaging;

import static dev.hearth.packaging.Tenancy.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CacheScope;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus.Phase;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ways round Hearth's caches that a tenant with every right in a namespace has, and what stays allowed. */
class TenantE2E {
    private static final PatchContext MERGE = PatchContext.of(PatchType.JSON_MERGE);

    private static Tenancy tenancy;

    @BeforeAll
    static void open() {
        tenancy = Tenancy.open();
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
                "{name: data, persistentVolumeClaim: {claimName: ARTIFACTS}}",
                "{name: data, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}, dataSource: {kind: PersistentVolumeClaim, name: CACHE}}}}}",
                "{name: data, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}, dataSourceRef: {kind: PersistentVolumeClaim, name: CACHE}}}}}",
            })
    void noPodMounts(String volume) {
        var pod = pod("{name: mine}", volume);

        refused(() -> tenancy.created(pod), "no other pod may mount it or start from it: use a claim of your own");
        // Nor does an admin's, whose mistakes cost as much
        refused(
                () -> tenancy.work()
                        .client()
                        .resource(tenancy.read(pod))
                        .inNamespace(namespace())
                        .create(),
                "no other pod may mount it or start from it");
    }

    @Test
    void noDeploymentMounts() {
        tenancy.created(deployment("thief", "{name: data, persistentVolumeClaim: {claimName: CACHE}}"));

        var why = tenancy.work()
                .until(
                        "the deployment's failure",
                        () -> find(Deployment.class, "thief")
                                .flatMap(it -> it.getStatus().getConditions().stream()
                                        .filter(condition -> condition.getType().equals("ReplicaFailure"))
                                        .findFirst()));

        assertThat(why.getMessage()).contains("no other pod may mount it");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {name: hearth-mine}                                                                             | give pod hearth-mine, or what makes it, another
            {generateName: hearth-}                                                                         | names that start with hearth- are Hearth's
            {name: mine, labels: {app.kubernetes.io/managed-by: hearth, hearth.dev/scope: SCOPE}}           | remove them from metadata.labels of pod mine
            {name: mine, labels: {hearth.dev/run: main}}                                                    | remove them from metadata.labels of pod mine
            """)
    void noPodPassesForHearths(String metadata, String words) {
        refused(() -> tenancy.created(pod(metadata, "{name: data, emptyDir: {}}")), words);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {name: hearth-mine}                              | {}                                                          | give volume claim hearth-mine, or what makes it, another
            {generateName: hearth-}                          | {}                                                          | names that start with hearth- are Hearth's
            {name: mine, labels: {hearth.dev/scope: SCOPE}}  | {}                                                          | remove them from metadata.labels of volume claim mine
            {name: mine}                                     | {dataSource: {kind: PersistentVolumeClaim, name: CACHE}}    | name something of your own in spec.dataSource
            {name: mine}                                     | {dataSourceRef: {kind: PersistentVolumeClaim, name: CACHE}} | name something of your own in spec.dataSource
            {name: mine}                                     | {dataSource: {apiGroup: snapshot.storage.k8s.io, kind: VolumeSnapshot, name: hearth-any}} | hearth-any is Hearth's
            """)
    void noClaimIsMadeOf(String metadata, String source, String words) {
        refused(() -> tenancy.created(claim(metadata, source)), words);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {name: mine}                                    | CACHE | only Hearth makes snapshots of it
            {name: hearth-mine}                             | own   | give snapshot hearth-mine, or what makes it, another
            {name: mine, labels: {hearth.dev/scope: SCOPE}} | own   | remove them from metadata.labels of snapshot mine
            """)
    void noSnapshotIsMadeOf(String metadata, String claim, String words) {
        refused(() -> tenancy.created(snapshot(metadata, claim)), words);
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
    void noGroupOfSnapshotsHolds(String selector) {
        refused(() -> tenancy.created(group(selector)), "add {key: hearth.dev/pipeline, operator: DoesNotExist}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"exec?command=true&stdout=true", "attach?stdout=true", "portforward?ports=80", "proxy/"})
    void nobodyEntersBuildPods(String how) {
        refused(
                () -> tenancy.tenant()
                        .raw("/api/v1/namespaces/%s/pods/%s/%s".formatted(namespace(), tenancy.buildPod(), how)),
                "nobody enters pod " + tenancy.buildPod());
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
    void nobodyChangesPodsOfRuns(String change) {
        for (var pod : new String[] {tenancy.buildPod(), tenancy.taskPod()}) {
            refused(
                    () -> tenancy.tenant()
                            .pods()
                            .inNamespace(namespace())
                            .withName(pod)
                            .patch(MERGE, change),
                    "pod " + pod + " is Hearth's and cannot be changed");
        }
    }

    @Test
    void nobodyAddsContainersToPodsOfRuns() {
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
                    "pod " + pod + " is Hearth's and cannot be changed");
        }
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
    void nobodyChangesClaims(String change) {
        refused(
                () -> claims(tenancy.tenant(), tenancy.cache(), change),
                "volume claim " + tenancy.cache() + " is Hearth's: its labels, owners, finalizers and volume stay");
    }

    @Test
    void driversKeepTheirFinalizersAndNoMore() {
        var held = find(PersistentVolumeClaim.class, tenancy.artifacts())
                .orElseThrow()
                .getMetadata()
                .getFinalizers();
        var more = "{\"metadata\": {\"finalizers\": [\"%s\", \"driver.example/keep\"]}}".formatted(held.getFirst());
        var fewer = "{\"metadata\": {\"finalizers\": [\"%s\"]}}".formatted(held.getFirst());
        try (var driver = tenancy.work().cluster().as("system:serviceaccount:driver:csi", "system:masters");
                var account = tenancy.work()
                        .cluster()
                        .as("system:serviceaccount:" + namespace() + ":default", "system:masters")) {
            claims(driver, tenancy.artifacts(), more);
            refused(() -> claims(account, tenancy.artifacts(), fewer), "finalizers and volume stay as they are");
            claims(driver, tenancy.artifacts(), fewer);
            refused(
                    () -> claims(driver, tenancy.artifacts(), "{\"metadata\": {\"labels\": {\"group\": \"mine\"}}}"),
                    "its labels, owners");
        }
    }

    @Test
    void nobodyRelabelsOwnObjectsToPassForHearths() {
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
        // Other labels are nobody's business
        claims(
                tenancy.tenant(),
                "plain",
                "{\"metadata\": {\"labels\": {\"app.kubernetes.io/managed-by\": \"hearth\"}}}");
    }

    @Test
    void nobodyWritesWhatHearthRecords() {
        var sealed = "{\"status\": {\"numbered\": 7, \"volumes\": []}}";

        refused(
                () -> scopes(tenancy.tenant()).subresource("status").patch(MERGE, sealed),
                "the status of CacheScope " + tenancy.scope() + " is Hearth's record");
        refused(
                () -> tenancy.tenant()
                        .resources(PipelineRun.class)
                        .inNamespace(namespace())
                        .withName(tenancy.run().getMetadata().getName())
                        .subresource("status")
                        .patch(MERGE, "{\"status\": {\"phase\": \"Succeeded\"}}"),
                "is Hearth's record");
        refused(() -> tenancy.created("""
                apiVersion: hearth.dev/v1alpha1
                kind: CacheScope
                metadata: {name: mine, namespace: NAMESPACE}
                spec: {pipeline: small, ref: refs/heads/main, trust: Trusted, platforms: [linux/amd64]}
                """), "start a run of the ref instead");
    }

    @Test
    void editorsRollScopesBackAndNoMore() {
        try (var editor = tenancy.work().cluster().as(Tenancy.EDITOR)) {
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
    void whatIsTheTenantsOwnWorks() {
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
        assertThat(find(PersistentVolumeClaim.class, "own")
                        .orElseThrow()
                        .getStatus()
                        .getPhase())
                .isEqualTo("Bound");
    }

    @Test
    void deletingAScopeClearsTheCache() {
        // Given: a namespace of its own, so that no other test misses the scope
        try (var tenancy = Tenancy.open()) {
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

    private static void claims(KubernetesClient who, String name, String change) {
        who.persistentVolumeClaims().inNamespace(namespace()).withName(name).patch(MERGE, change);
    }

    private static Resource<CacheScope> scopes(KubernetesClient who) {
        return scopes(tenancy, who);
    }

    private static Resource<CacheScope> scopes(Tenancy tenancy, KubernetesClient who) {
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

    private static <T extends HasMetadata> Optional<T> find(Tenancy tenancy, Class<T> kind, String name) {
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
