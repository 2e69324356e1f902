package dev.hearth.pod.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.agent.AgentRequests;
import dev.hearth.agent.NetworkPreflightRequest;
import dev.hearth.api.ConditionType;
import dev.hearth.core.status.ConditionFactory;
import dev.hearth.pod.NetworkPolicies;
import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetworkPreflightPodTest {
    private static final Pod POD = new NetworkPreflightPod(
                    "hearth-system",
                    "agent",
                    new OwnerReferenceBuilder().withUid("u").build())
            .pod(List.of("kubernetes.default.svc:443"));

    @Test
    void asksForTheAddresses() {
        var container = POD.getSpec().getContainers().getFirst();

        assertThat(container.getCommand()).containsExactly("hearth-agent", "network-preflight");
        assertThat(AgentRequests.read(container, NetworkPreflightRequest.class).addresses())
                .containsExactly("kubernetes.default.svc:443");
    }

    /** What it finds holds for steps only if the same policy decides. */
    @Test
    void hasThePolicyOfAnUntrustedStep() {
        var policy = new NetworkPolicies(Set.of(), Set.of(), NetworkPolicies.Allowed.NOTHING)
                .forPipeline("hearth-system", NetworkPreflightPod.PIPELINE, new OwnerReferenceBuilder().build())
                .getLast();

        assertThat(POD.getMetadata().getLabels())
                .containsAllEntriesOf(policy.getSpec().getPodSelector().getMatchLabels())
                .containsEntry(ObjectLabels.TRUST, "Untrusted");
    }

    @ParameterizedTest
    @CsvSource({
        "0, , True, NetworkPoliciesEnforced",
        "71, kubernetes.default.svc:443, False, NetworkPoliciesNotEnforced",
        "75, , Unknown, CheckFailed",
        "1, , Unknown, CheckFailed",
        "2, , Unknown, CheckFailed",
        "137, , Unknown, CheckFailed"
    })
    void showsWhetherPoliciesHold(int exitCode, String message, String status, String reason) {
        var ended = new PodBuilder(POD)
                .withNewStatus()
                .addNewContainerStatus()
                .withNewState()
                .withNewTerminated()
                .withExitCode(exitCode)
                .withMessage(message)
                .endTerminated()
                .endState()
                .endContainerStatus()
                .endStatus()
                .build();

        var condition = NetworkPreflightPod.read(ended)
                .orElseThrow()
                .condition(new ConditionFactory(List.of(), 1, Instant.EPOCH));

        assertThat(condition.type()).isEqualTo(ConditionType.NetworkIsolated.name());
        assertThat(condition.status()).isEqualTo(status);
        assertThat(condition.reason()).isEqualTo(reason);
        assertThat(condition.message()).contains(message == null ? "" : message);
    }

    @Test
    void showsNothingWhileItRuns() {
        var running = new PodBuilder(POD)
                .withNewStatus()
                .addNewContainerStatus()
                .withNewState()
                .withNewRunning()
                .endRunning()
                .endState()
                .endContainerStatus()
                .endStatus()
                .build();

        assertThat(NetworkPreflightPod.read(running)).isEmpty();
    }
}
