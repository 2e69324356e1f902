package dev.hearth.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;

class PodSecretsTest {
    /** A way that is not seen here would not be checked. */
    @Test
    void seesEveryWayInWhichAPodNamesASecret() {
        var pod = Serialization.unmarshal("""
                apiVersion: v1
                kind: Pod
                spec:
                  imagePullSecrets: [{name: pull}]
                  initContainers:
                  - {name: first, envFrom: [{secretRef: {name: all}}]}
                  containers:
                  - name: main
                    env:
                    - {name: PLAIN, value: text}
                    - {name: TOKEN, valueFrom: {secretKeyRef: {name: token, key: k}}}
                    - {name: FIELD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
                  volumes:
                  - {name: a, secret: {secretName: files}}
                  - {name: b, projected: {sources: [{secret: {name: projected}}, {configMap: {name: map}}]}}
                  - {name: c, emptyDir: {}}
                """, Pod.class);

        assertThat(PodSecrets.of(pod).variables()).containsExactlyInAnyOrder("all", "token");
        assertThat(PodSecrets.of(pod).credentials()).containsExactlyInAnyOrder("pull", "files", "projected");
    }
}
