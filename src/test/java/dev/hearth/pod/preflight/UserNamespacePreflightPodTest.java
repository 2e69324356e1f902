package dev.hearth.pod.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.pod.task.TaskSecurity;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UserNamespacePreflightPodTest {
    private static final Pod POD = new UserNamespacePreflightPod(
                    "ci", "tools", new OwnerReferenceBuilder().withUid("u").build(), Duration.ofMinutes(1))
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

    /** The first two numbers: what user 0 of the pod is on the node. */
    @ParameterizedTest
    @CsvSource({"'0 1000000 65536', 0", "'         0          0 4294967295', 1"})
    void failsWhereUsersAreThoseOfTheNode(String users, int exitCode, @TempDir Path folder) throws Exception {
        var map = Files.writeString(folder.resolve("uid_map"), users + "\n");
        var command = new ArrayList<>(
                POD.getSpec().getContainers().getFirst().getCommand().subList(0, 2));
        command.add(POD.getSpec()
                .getContainers()
                .getFirst()
                .getCommand()
                .get(2)
                .replace("$$", "$")
                .replace("/proc/self/uid_map", map.toString()));
        command.add(folder.toString());

        var process = new ProcessBuilder(command).redirectErrorStream(true).start();

        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).isEqualTo(exitCode);
        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo(exitCode == 0 ? "" : "root of the pod is root of the node: hostUsers was ignored\n");
    }
}
