package dev.hearth.pod.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.cluster.WatchedFields;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import org.junit.jupiter.api.Test;

class ContainerStatesTest {
    /** Pods are read as watches read them. */
    private static final KubernetesSerialization WATCHED = WatchedFields.ofPods();

    private static final String POD = """
            spec:
              initContainers: [{name: fetch}, {name: buildkitd, restartPolicy: Always}]
              containers: [{name: one}, {name: two}, {name: three}]
            status:
              phase: PHASE
              initContainerStatuses:
              - {name: fetch, state: {terminated: {exitCode: 0, containerID: "containerd://1"}}}
              - {name: buildkitd, state: {terminated: {exitCode: 1, containerID: "containerd://2"}}}
              containerStatuses:
              - {name: one, state: {terminated: {exitCode: 1, containerID: "containerd://3"}}}
              - {name: two, state: {running: {}}}
              - {name: three, state: {terminated: {exitCode: 137, reason: ContainerStatusUnknown}}}
            """;

    @Test
    void sidecarThatEndedMayBeginAgain() {
        assertThat(ContainerStates.finished(pod("Running"))).containsExactly("fetch", "one");
    }

    @Test
    void sidecarHasEndedWithItsPod() {
        assertThat(ContainerStates.finished(pod("Failed"))).containsExactly("fetch", "buildkitd", "one");
    }

    @Test
    void nothingHasEndedInAPodThatNobodyHasSeen() {
        assertThat(ContainerStates.finished(WATCHED.unmarshal("spec: {containers: [{name: one}]}", Pod.class)))
                .isEmpty();
    }

    private static Pod pod(String phase) {
        return WATCHED.unmarshal(POD.replace("PHASE", phase), Pod.class);
    }
}
