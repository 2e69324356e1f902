package dev.hearth.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hearth.api.PipelineRun;
import dev.hearth.pod.PodSecrets;
import dev.hearth.pod.observe.PodReader;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.List;
import org.junit.jupiter.api.Test;

class WatchedFieldsTest {
    private static final String OWNED = """
            metadata:
              name: an-object
              labels: {app: one}
              managedFields:
              - {manager: kubelet, operation: Update, apiVersion: v1, time: "2026-01-01T00:00:00Z", fieldsType: FieldsV1, fieldsV1: {"f:status": {}}}
            """;

    @Test
    void ofEveryObjectTheOwnersOfFieldsAreLeftOut() {
        var mapper = new ObjectMapper();
        new WatchedFields().customize(mapper);
        var serialization = new KubernetesSerialization(mapper, true);

        var read = serialization.unmarshal("kind: ConfigMap\napiVersion: v1\ndata: {a: b}\n" + OWNED, ConfigMap.class);

        assertThat(serialization.asYaml(read)).isEqualTo("""
                ---
                apiVersion: "v1"
                kind: "ConfigMap"
                metadata:
                  labels:
                    app: "one"
                  managedFields:
                  - time: "2026-01-01T00:00:00Z"
                  name: "an-object"
                data:
                  a: "b"
                """);
    }

    @Test
    void ofPodsOnlyThatIsReadWhichControllersRead() {
        var pod = WatchedFields.ofPods()
                .unmarshal("kind: Pod\napiVersion: v1\n" + OWNED + """
                        spec:
                          hostUsers: false
                          nodeName: a-node
                          tolerations: [{key: a, operator: Exists}]
                          volumes:
                          - {name: cache, persistentVolumeClaim: {claimName: a-claim}}
                          - {name: sockets, emptyDir: {sizeLimit: 1Gi}}
                          initContainers:
                          - name: buildkitd
                            restartPolicy: Always
                            image: buildkit
                            command: [hearth-agent, daemon]
                            securityContext: {privileged: true}
                            volumeMounts: [{name: cache, mountPath: /volume}]
                            env: [{name: HEARTH_REQUEST, value: "%s"}, {name: SEED_ID, value: "1"}]
                          containers: [{name: image, image: buildkit, resources: {limits: {cpu: 1}, requests: {cpu: 1}}}]
                        status:
                          phase: Running
                          containerStatuses:
                          - {name: image, imageID: sha256, restartCount: 1, state: {running: {startedAt: "2026-01-01T00:00:00Z"}}}
                        """.formatted("x".repeat(2000)), Pod.class);

        assertThat(PodReader.claims(pod)).containsExactly("a-claim");
        assertThat(new KubernetesSerialization().asYaml(pod.getSpec())).isEqualTo("""
                ---
                containers:
                - name: "image"
                  resources:
                    limits:
                      cpu: "1"
                initContainers:
                - env:
                  - name: "HEARTH_REQUEST"
                  - name: "SEED_ID"
                    value: "1"
                  name: "buildkitd"
                  restartPolicy: "Always"
                nodeName: "a-node"
                volumes:
                - name: "cache"
                  persistentVolumeClaim:
                    claimName: "a-claim"
                - name: "sockets"
                """);
        assertThat(new KubernetesSerialization().asYaml(pod.getStatus())).isEqualTo("""
                ---
                containerStatuses:
                - name: "image"
                  restartCount: 1
                  state:
                    running:
                      startedAt: "2026-01-01T00:00:00Z"
                phase: "Running"
                """);
    }

    @Test
    void ofPodsTheRequestsToTheirAgentsAreLeftOut() {
        var pod = WatchedFields.ofPods().unmarshal("""
                kind: Pod
                apiVersion: v1
                metadata:
                  name: a-pod
                  annotations:
                    hearth.dev/cache-from: main
                    hearth.dev/requests: '{"image":{"version":1}}'
                    hearth.dev/task-caches-used: '%s'
                    empty: ""
                  labels: {app: one}
                spec: {nodeName: a-node}
                """.formatted("x".repeat(100_000)), Pod.class);

        assertThat(pod.getMetadata().getAnnotations())
                .containsExactly(
                        entry("hearth.dev/cache-from", "main"),
                        entry("hearth.dev/task-caches-used", "x".repeat(100_000)),
                        entry("empty", ""));
        assertThat(pod.getMetadata().getLabels()).containsExactly(entry("app", "one"));
        assertThat(pod.getSpec().getNodeName()).isEqualTo("a-node");
    }

    @Test
    void podsCanHaveNoAnnotations() {
        for (String metadata : List.of("{name: a}", "{name: a, annotations: {}}", "{name: a, annotations: null}")) {
            var pod = WatchedFields.ofPods().unmarshal("kind: Pod\napiVersion: v1\nmetadata: " + metadata, Pod.class);

            assertThat(pod.getMetadata().getAnnotations()).as(metadata).isNullOrEmpty();
            assertThat(pod.getMetadata().getName()).isEqualTo("a");
        }
    }

    /** Each run is in three watches, and has a copy of the spec of its pipeline. */
    @Test
    void equalStatusesAndSpecsAreReadAsOneObject() {
        var mapper = new ObjectMapper();
        new WatchedFields().customize(mapper);
        var serialization = new KubernetesSerialization(mapper, true);
        var run = """
                kind: PipelineRun
                apiVersion: hearth.dev/v1alpha1
                metadata: {name: a-run}
                spec: {pipeline: app, ref: refs/heads/main}
                status:
                  phase: %s
                  pipelineSpec: {source: {url: "https://git.example/app.git"}, builds: [{name: image}]}
                """;

        var one = serialization.unmarshal(run.formatted("Succeeded"), PipelineRun.class);
        var same = serialization.unmarshal(run.formatted("Succeeded"), PipelineRun.class);
        var other = serialization.unmarshal(run.formatted("Failed"), PipelineRun.class);

        assertThat(same).isNotSameAs(one);
        assertThat(same.getStatus()).isSameAs(one.getStatus());
        assertThat(other.getStatus()).isNotEqualTo(one.getStatus());
        assertThat(other.getStatus().pipelineSpec())
                .isNotNull()
                .isSameAs(one.getStatus().pipelineSpec());
    }

    /** What is masked in a run's logs is found by the Secrets of its pods. */
    @Test
    void secretsOfPodsAreRead() {
        var pod = """
                kind: Pod
                apiVersion: v1
                metadata: {name: a-pod}
                spec:
                  imagePullSecrets: [{name: pull}]
                  volumes:
                  - {name: one, secret: {secretName: mounted}}
                  - {name: two, projected: {sources: [{secret: {name: projected}}]}}
                  initContainers:
                  - {name: fetch, env: [{name: TOKEN, valueFrom: {secretKeyRef: {name: variable, key: token}}}]}
                  containers:
                  - {name: task, envFrom: [{secretRef: {name: variables}}]}
                """;

        assertThat(PodSecrets.of(WatchedFields.ofPods().unmarshal(pod, Pod.class)))
                .isEqualTo(PodSecrets.of(new KubernetesSerialization().unmarshal(pod, Pod.class)))
                .extracting(secrets -> secrets.all().sorted().toList())
                .isEqualTo(List.of("mounted", "projected", "pull", "variable", "variables"));
    }
}
