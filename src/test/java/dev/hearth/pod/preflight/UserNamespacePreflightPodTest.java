package dev.hearth.pod.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.pod.task.TaskSecurity;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class UserNamespacePreflightPodTest {
    private static final Pod POD = new UserNamespacePreflightPod(
                    "ci", "agent", new OwnerReferenceBuilder().withUid("u").build(), Duration.ofMinutes(1))
            .pod();

    /** A namespace that admits tasks has to admit it too, or it would show nothing. */
    @Test
    void compliesWithRestrictedAndAsksForAUserNamespace() {
        var container = POD.getSpec().getContainers().getFirst();

        assertThat(POD.getSpec().getHostUsers()).isFalse();
        assertThat(POD.getSpec().getAutomountServiceAccountToken()).isFalse();
        assertThat(POD.getSpec().getActiveDeadlineSeconds()).isEqualTo(60);
        assertThat(POD.getSpec().getSecurityContext().getSeccompProfile().getType())
                .isEqualTo("RuntimeDefault");
        assertThat(container.getSecurityContext()).usingRecursiveComparison().isEqualTo(TaskSecurity.own());
        assertThat(container.getResources().getLimits()).isNotEmpty();
    }
}
