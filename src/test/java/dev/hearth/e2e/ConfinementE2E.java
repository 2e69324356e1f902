package dev.hearth.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the cluster gives to every pod, and not to steps. */
class ConfinementE2E {
    private static final String FOUND = "[ -e /var/run/secrets/kubernetes.io ] && env | grep BEACON_SERVICE_HOST";
    private static final String NOTHING = "! ls -A /var/run/secrets && ! env | grep BEACON_";

    @Test
    void stepsHaveNoTokenAndKnowNoServices() {
        try (var work = TestNamespace.open("confinement");
                var repository = work.repository()) {
            // Given: a service beside, which pods are told of, and of which any other pod knows
            work.openName("beacon");
            work.client().resource(plain(work.namespace())).create();
            work.until(
                    "a pod of no pipeline",
                    () -> Optional.of(work.client()
                                    .pods()
                                    .inNamespace(work.namespace())
                                    .withName("plain")
                                    .get())
                            .filter(pod -> "Succeeded".equals(pod.getStatus().getPhase())));

            // When: a trusted and an untrusted run
            var trusted = repository.push("refs/heads/main", Map.of("Dockerfile", """
                    FROM busybox
                    RUN %s && ! env | grep KUBERNETES
                    """.formatted(NOTHING)));
            work.apply(MinimalPipeline.pipeline(repository, """
                            builds: [{name: image}]
                            tasks: [{name: unit, image: busybox, command: [sh, -c, "%s"]}]
                            """.formatted(NOTHING))
                    .replace("branches: [main]", "branches: [main], pullRequests: {enabled: true}"));
            work.finishedRunOf(trusted);
            var untrusted = repository.push("refs/pull/7/head", Map.of("proposed", "yes"));

            // Then
            for (var commit : new String[] {trusted, untrusted}) {
                var run = work.finishedRunOf(commit);
                assertThat(run.getStatus().phase()).as("%s", run.getStatus()).isEqualTo(Phase.Succeeded);
                assertThat(work.client()
                                .pods()
                                .inNamespace(work.namespace())
                                .withLabel("hearth.dev/run", run.getMetadata().getName())
                                .list()
                                .getItems())
                        .hasSize(2)
                        .allSatisfy(ConfinementE2E::holdsNoToken);
            }
        }
    }

    /** As the API server took it, after whatever adds to pods. */
    private static void holdsNoToken(Pod pod) {
        assertThat(pod.getSpec().getAutomountServiceAccountToken()).isFalse();
        assertThat(pod.getSpec().getVolumes())
                .allSatisfy(volume -> assertThat(volume.getProjected()).isNull());
        assertThat(Stream.concat(pod.getSpec().getInitContainers().stream(), pod.getSpec().getContainers().stream())
                        .flatMap(container -> container.getVolumeMounts().stream())
                        .map(VolumeMount::getMountPath))
                .isNotEmpty()
                .noneMatch(path -> path.startsWith("/var/run/secrets"));
    }

    private static Pod plain(String namespace) {
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName("plain")
                .endMetadata()
                .withNewSpec()
                .withRestartPolicy("Never")
                .addNewContainer()
                .withName("main")
                .withImage("busybox")
                .withImagePullPolicy("IfNotPresent")
                .withCommand("sh", "-c", FOUND)
                .endContainer()
                .endSpec()
                .build();
    }
}
