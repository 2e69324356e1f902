package dev.hearth.pod.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Trust;
import dev.hearth.core.Specs;
import dev.hearth.pod.PodFrame;
import dev.hearth.pod.PodRules;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TaskPodTest {
    private static final String SERVICE =
            "services: [{name: db, image: postgres, artifacts: [tests], env: {P: a$b}}]\n";
    private static final String REPORTS = "reports: {junit: ['/reports/*.xml'], files: ['/workspace/log/**']}\n";
    private static final String ARTIFACT = "artifact: {path: /out}\n";

    @Test
    void everyContainerIsRestricted() {
        var pod = pod(SERVICE + REPORTS + ARTIFACT, true);

        assertThat(containers(pod)).extracting(Container::getName).containsExactly("service-db", "keep", "task");
        assertThat(containers(pod)).allSatisfy(container -> {
            var security = container.getSecurityContext();
            assertThat(security.getAllowPrivilegeEscalation()).isFalse();
            assertThat(security.getCapabilities().getDrop()).containsExactly("ALL");
            assertThat(security.getPrivileged()).isNull();
        });
        var security = pod.getSpec().getSecurityContext();
        assertThat(security.getRunAsNonRoot()).isTrue();
        assertThat(security.getRunAsUser()).isEqualTo(1000);
        assertThat(security.getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
        assertThat(pod.getSpec().getAutomountServiceAccountToken()).isFalse();
    }

    @Test
    void secretsAreForTrustedRuns() {
        var secrets = "secrets: [{name: TOKEN, secretName: s, key: k}]\n";

        assertThat(task(pod(secrets, true)).getEnv())
                .extracting(EnvVar::getName)
                .contains("TOKEN");
        assertThat(task(pod(secrets, false)).getEnv())
                .extracting(EnvVar::getName)
                .doesNotContain("TOKEN");
        assertThat(containers(pod(secrets + SERVICE + REPORTS, true)))
                .filteredOn(container -> !container.getName().equals("task"))
                .allSatisfy(container -> assertThat(container.getEnv())
                        .extracting(EnvVar::getName)
                        .doesNotContain("TOKEN"));
    }

    private static Pod pod(String yaml, boolean trusted) {
        var frame = new PodFrame("ci", "app", "run", Trust.Trusted, "pod", new OwnerReference(), Duration.ofMinutes(5));
        var task = Specs.task("unit", "artifacts: [tests]\n" + yaml);
        var artifacts = ArtifactParts.of(Map.of("/artifacts/tests", new ArtifactSource.Claimed("claim", "tests")));
        var output = Optional.ofNullable(task.artifact())
                .map(_ -> new TaskPod.Output("outputs", "uid", "artifacts/run/unit"));
        return new TaskPod(frame, Map.of(), "tools", PodRules.standard(trusted ? Trust.Trusted : Trust.Untrusted))
                .build(task, new TaskPod.Cell("busybox", artifacts, output, Optional.empty(), Optional.empty()));
    }

    private static List<Container> containers(Pod pod) {
        return Stream.concat(pod.getSpec().getInitContainers().stream(), pod.getSpec().getContainers().stream())
                .toList();
    }

    private static Container task(Pod pod) {
        return container(pod, TaskPod.CONTAINER);
    }

    private static Container container(Pod pod, String name) {
        return containers(pod).stream()
                .filter(container -> container.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
