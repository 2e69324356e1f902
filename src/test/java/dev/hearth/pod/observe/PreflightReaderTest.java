package dev.hearth.pod.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Reason;
import dev.hearth.core.isolation.PreflightResult.Result;
import dev.hearth.core.status.StatusReason;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Results that are read from the pods of preflights: supported, not supported, or not known. */
class PreflightReaderTest {

    @Test
    void checkThatBuiltProvesTheForm() {
        assertThat(PreflightReader.read(pod("""
                  phase: Running
                  containerStatuses:
                  - {name: check, state: {terminated: {exitCode: 0, finishedAt: "2026-01-01T00:00:09Z"}}}
                """))).contains(new Result.Possible());
    }

    @Test
    void daemonThatDiedHasTheWordBeforeItsClient() {
        assertThat(PreflightReader.read(pod("""
                  phase: Running
                  initContainerStatuses:
                  - name: buildkitd
                    state: {running: {startedAt: "2026-01-01T00:00:05Z"}}
                    lastState: {terminated: {exitCode: 70, message: "mount: /var/lib/hearth/view: permission denied"}}
                  containerStatuses:
                  - {name: check, state: {terminated: {exitCode: 1, finishedAt: "2026-01-01T00:00:09Z", message: "no daemon"}}}
                """)))
                .contains(impossible("mount: /var/lib/hearth/view: permission denied"));
    }

    @Test
    void containerThatTheRuntimeCannotMakeIsANo() {
        assertThat(PreflightReader.read(pod("""
                  phase: Pending
                  initContainerStatuses:
                  - {name: buildkitd, state: {waiting: {reason: CreateContainerError, message: unknown procMount}}}
                """))).contains(impossible("unknown procMount"));
    }

    @Test
    void ownerOfTheVolumeThatCannotBeChangedIsANo() {
        assertThat(PreflightReader.read(pod("""
                  phase: Failed
                  initContainerStatuses:
                  - {name: own, state: {terminated: {exitCode: 1, finishedAt: "2026-01-01T00:00:09Z"}}}
                """)))
                .hasValueSatisfying(it -> assertThat(it).isInstanceOf(Result.Impossible.class));
    }

    @Test
    void podThatItsNodeLostIsNoAnswer() {
        assertThat(PreflightReader.read(pod("  phase: Failed\n  reason: Evicted\n  message: low on disk\n")))
                .contains(new Result.Delayed(new StatusReason(Reason.Evicted, "low on disk")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "exitCode: 75, message: the daemon did not answer in time",
                "exitCode: 1, message: no space left on device",
                "exitCode: 137, reason: OOMKilled"
            })
    void busyNodeIsNoAnswer(String end) {
        assertThat(PreflightReader.read(pod("""
                  phase: Running
                  containerStatuses:
                  - {name: check, state: {terminated: {%s, finishedAt: "2026-01-01T00:00:09Z"}}}
                """.formatted(end))))
                .hasValueSatisfying(it -> assertThat(it).isInstanceOf(Result.Delayed.class));
    }

    @Test
    void imageThatIsMissingIsAskedForAsLongAsThereIsTime() {
        var pod = pod("""
                  phase: Pending
                  initContainerStatuses:
                  - {name: buildkitd, state: {waiting: {reason: ErrImagePull, message: not found}}}
                """);

        assertThat(PreflightReader.read(pod)).isEmpty();
        assertThat(PreflightReader.overdue(pod))
                .isEqualTo(new Result.Hindered(
                        new StatusReason(Reason.ImagePullFailed, "cannot pull the image: not found")));
    }

    @Test
    void podWithoutANodeIsWaitedFor() {
        var pod = Serialization.unmarshal("""
                metadata: {name: pod, creationTimestamp: "2026-01-01T00:00:00Z"}
                status:
                  phase: Pending
                  conditions: [{type: PodScheduled, status: "False", message: "0/3 nodes are available"}]
                """, Pod.class);

        assertThat(PreflightReader.read(pod)).isEmpty();
        assertThat(PreflightReader.overdue(pod))
                .isEqualTo(new Result.Delayed(
                        new StatusReason(Reason.Unschedulable, "no node fits its pod: 0/3 nodes are available")));
    }

    /** Only then are events read, which anybody who may create them can forge. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {nodeName: a} | {}                                                              | true
            {nodeName: a} | {conditions: [{type: PodReadyToStartContainers, status: False}]} | true
            {nodeName: a} | {conditions: [{type: PodReadyToStartContainers, status: True}]}  | false
            {nodeName: a} | {podIP: 10.0.0.7}                                               | false
            {}            | {}                                                              | false
            """)
    void podHasNoSandboxUntilItsNodeSaysSo(String spec, String status, boolean none) {
        var pod = Serialization.unmarshal(
                "---\n{spec: %s, status: %s}".formatted(spec, status.replaceAll("(True|False)", "\"$1\"")), Pod.class);

        assertThat(PreflightReader.hasNoSandbox(pod)).isEqualTo(none);
    }

    private static Result impossible(String message) {
        return new Result.Impossible(new StatusReason(Reason.PreflightFailed, message));
    }

    private static Pod pod(String status) {
        return Serialization.unmarshal("""
                metadata: {name: pod, creationTimestamp: "2026-01-01T00:00:00Z"}
                status:
                  conditions: [{type: PodScheduled, status: "True", lastTransitionTime: "2026-01-01T00:00:01Z"}]
                """ + status, Pod.class);
    }
}
