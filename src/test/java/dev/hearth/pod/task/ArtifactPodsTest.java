package dev.hearth.pod.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Reason;
import dev.hearth.api.Trust;
import dev.hearth.core.plan.Names;
import dev.hearth.core.run.BuildResult;
import dev.hearth.core.run.Observation;
import dev.hearth.core.status.StatusReason;
import dev.hearth.pod.PodFrame;
import dev.hearth.pod.observe.PodReader;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** How artifacts get into a registry, and from there or from a volume into pods. */
class ArtifactPodsTest {
    private static final String IMAGE = "registry.example/team/artifacts@sha256:" + "a".repeat(64);
    private static final WorkerContainer WORKER = new WorkerContainer("operator", Set.of("registry.example"));
    private static final Quantity SIZE = new Quantity("2Ki");
    private static final PodFrame FRAME = new PodFrame(
            "ci",
            "app",
            "run",
            Trust.Trusted,
            Names.artifactUploadPod("run", "unit", 1),
            new OwnerReferenceBuilder().withUid("u").build(),
            Duration.ofMinutes(5));

    @Test
    void podWithoutSecretHasNone() {
        var pod = new ArtifactUploadPod(FRAME, WORKER, SIZE)
                .build("hearth-run-artifacts", "unit", "registry.example/a", null);

        assertThat(pod.getSpec().getVolumes()).allMatch(volume -> volume.getSecret() == null);
        assertThat(pod.getSpec().getContainers().getFirst().getEnv())
                .extracting(EnvVar::getName)
                .doesNotContain("DOCKER_CONFIG");
    }

    @Test
    void runsAProgramThatThereIs() throws ReflectiveOperationException {
        assertThat(Class.forName(WorkerContainer.MAIN).getMethod("main", String[].class))
                .isNotNull();
    }

    @Test
    void secretOfACopiedImageIsWithTheContainerThatEndsBeforeTheTask() {
        var parts = ArtifactParts.of(
                Map.of("/artifacts/a", new ArtifactSource.Copied(IMAGE, Optional.of("registry"), WORKER, SIZE)));

        assertThat(parts.pullSecrets()).isEmpty();
        var secret = parts.volumes().stream()
                .filter(volume -> volume.getSecret() != null)
                .map(Volume::getName)
                .findFirst()
                .orElseThrow();
        assertThat(parts.mounts()).extracting(VolumeMount::getName).doesNotContain(secret);
        assertThat(parts.mounts()).allMatch(VolumeMount::getReadOnly);
        var copy = parts.initContainers().getFirst();
        assertThat(copy.getRestartPolicy()).isNull();
        assertThat(copy.getVolumeMounts()).extracting(VolumeMount::getName).contains(secret);
        assertThat(copy.getCommand()).endsWith("fetch", IMAGE, "/artifact/files", "2048");
        compliesWithRestricted(copy);
    }

    @Test
    void readsWhatWasPublished() {
        var pod = ended("publish", 0, "{\"image\":\"" + IMAGE + "\",\"bytes\":7}", false);

        assertThat(new PodReader(Duration.ZERO, Duration.ZERO).publication(pod))
                .isInstanceOfSatisfying(
                        Observation.Done.class,
                        done -> assertThat(done.result()).contains(BuildResult.pushed(IMAGE)));
    }

    @Test
    void readsWhyNothingWasPublished() {
        var pod = ended("publish", 1, "spec.artifacts.credentials is wrong", false);

        assertThat(new PodReader(Duration.ZERO, Duration.ZERO).publication(pod))
                .isInstanceOfSatisfying(
                        Observation.Broken.class,
                        broken -> assertThat(broken.why())
                                .isEqualTo(
                                        new StatusReason(Reason.PublishFailed, "spec.artifacts.credentials is wrong")));
        assertThat(ArtifactUploadPod.read("not a result")).isEmpty();
    }

    @Test
    void readsWhyATaskHasNotGotItsArtifact() {
        assertThat(new PodReader(Duration.ZERO, Duration.ZERO)
                        .task(ended("artifact-0", 1, "the image is gone", true), Duration.ZERO))
                .isInstanceOfSatisfying(
                        Observation.Broken.class,
                        broken -> assertThat(broken.why())
                                .isEqualTo(new StatusReason(Reason.ArtifactFetchFailed, "the image is gone")));
    }

    /** A build may have such a name; what it fails at is not another's. */
    @Test
    void doesNotTakeABuildForACopy() {
        var pod = ended("artifact-0", 1, "RUN failed", false);
        pod.getStatus().getContainerStatuses().add(waiting("other"));

        assertThat(new PodReader(Duration.ofMinutes(1), Duration.ofMinutes(1))
                        .build(pod, "other", _ -> Optional.empty()))
                .isInstanceOf(Observation.Waiting.class);
    }

    private static void compliesWithRestricted(Container container) {
        var rights = container.getSecurityContext();
        assertThat(rights.getRunAsNonRoot()).isTrue();
        assertThat(rights.getAllowPrivilegeEscalation()).isFalse();
        assertThat(rights.getCapabilities().getDrop()).containsExactly("ALL");
        assertThat(rights.getCapabilities().getAdd()).isEmpty();
        assertThat(rights.getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
    }

    private static Pod ended(String container, int code, String message, boolean first) {
        var status = new ContainerStatusBuilder()
                .withName(container)
                .withNewState()
                .withNewTerminated()
                .withExitCode(code)
                .withMessage(message)
                .withStartedAt(Instant.EPOCH.toString())
                .withFinishedAt(Instant.EPOCH.toString())
                .endTerminated()
                .endState()
                .build();
        return new PodBuilder()
                .withNewMetadata()
                .withCreationTimestamp(Instant.EPOCH.toString())
                .endMetadata()
                .withNewSpec()
                .endSpec()
                .withNewStatus()
                .withPhase("Pending")
                .withInitContainerStatuses(first ? List.of(status) : List.of())
                .withContainerStatuses(first ? List.of(waiting("task")) : List.of(status))
                .endStatus()
                .build();
    }

    private static ContainerStatus waiting(String name) {
        return new ContainerStatusBuilder()
                .withName(name)
                .withNewState()
                .withNewWaiting(null, "PodInitializing")
                .endState()
                .build();
    }
}
