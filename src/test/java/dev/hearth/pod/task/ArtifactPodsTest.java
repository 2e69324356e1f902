package dev.hearth.pod.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.api.Trust;
import dev.hearth.core.plan.Names;
import dev.hearth.core.run.BuildResult;
import dev.hearth.core.run.Observation;
import dev.hearth.core.status.StatusReason;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.pod.PodFrame;
import dev.hearth.pod.PodSecrets;
import dev.hearth.pod.observe.PodReader;
import dev.hearth.pod.registry.ArtifactRemovalPod;
import dev.hearth.pod.registry.ArtifactUploadPod;
import dev.hearth.pod.registry.ImagePublishPod;
import dev.hearth.pod.registry.RegistryContainer;
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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How artifacts get into a registry, and from there or from a volume into pods. */
class ArtifactPodsTest {
    private static final String IMAGE = "registry.example/team/artifacts@sha256:" + "a".repeat(64);
    private static final RegistryContainer REGISTRY = registry("registry");
    private static final Quantity SIZE = new Quantity("2Ki");
    private static final PodReader READER = new PodReader(Duration.ZERO, Duration.ZERO);
    private static final PodFrame FRAME = new PodFrame(
            "ci",
            "app",
            "run",
            Trust.Trusted,
            Names.artifactUploadPod("run", "unit", 1),
            new OwnerReferenceBuilder().withUid("u").build(),
            Duration.ofMinutes(5));

    private static RegistryContainer registry(@Nullable String secret) {
        return new RegistryContainer(
                "agent", Set.of("registry.example"), "spec.artifacts", Optional.ofNullable(secret));
    }

    @Test
    void podWithoutSecretHasNone() {
        var pod = new ArtifactUploadPod(FRAME, registry(null), SIZE)
                .build("hearth-run-artifacts", "unit", "registry.example/a");

        assertThat(pod.getSpec().getVolumes()).allMatch(volume -> volume.getSecret() == null);
        assertThat(pod.getSpec().getContainers().getFirst().getEnv())
                .extracting(EnvVar::getValue)
                .noneMatch(value -> value.contains("credentials"));
    }

    /** Who may move tags runs nothing but the agent, and has no rights on its node. */
    @Test
    void podThatMovesTagsIsRestricted() {
        var pod = new ImagePublishPod(FRAME, REGISTRY)
                .build("registry.example/a", Map.of("linux/amd64", "sha256:a"), List.of());

        compliesWithRestricted(pod.getSpec().getContainers().getFirst());
        assertThat(pod.getSpec().getAutomountServiceAccountToken()).isFalse();
        assertThat(PodSecrets.of(pod).all()).containsExactly("registry");
    }

    /** It outlives the runs whose artifacts it deletes. */
    @Test
    void podThatDeletesArtifactsIsOfThePipelineAlone() {
        var pod = new ArtifactRemovalPod("ci", "app", FRAME.owner(), REGISTRY).build("removal", List.of(IMAGE));

        compliesWithRestricted(pod.getSpec().getContainers().getFirst());
        assertThat(pod.getMetadata().getLabels())
                .doesNotContainKey(ObjectLabels.RUN)
                .containsKey(ObjectLabels.ARTIFACT_REMOVAL)
                .containsEntry(ObjectLabels.TRUST, "Trusted");
    }

    @Test
    void secretOfACopiedImageIsWithTheContainerThatEndsBeforeTheTask() {
        var parts = ArtifactParts.of(Map.of("/artifacts/a", new ArtifactSource.Copied(IMAGE, REGISTRY, SIZE)));

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
        assertThat(copy.getCommand()).endsWith("artifact-pull");
        assertThat(copy.getEnv().getFirst().getValue()).contains(IMAGE, "/artifact/files", "2048");
        compliesWithRestricted(copy);
    }

    @Test
    void readsWhatWasPushed() {
        var pod =
                ended(ArtifactUploadPod.CONTAINER, 0, "{\"version\":1,\"image\":\"" + IMAGE + "\",\"bytes\":7}", false);

        assertThat(READER.artifactUpload(pod))
                .isInstanceOfSatisfying(
                        Observation.Done.class,
                        done -> assertThat(done.result()).contains(BuildResult.pushed(IMAGE)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"version":1,"removed":2,"left":0}                                | ``
            {"version":1,"removed":0,"left":2,"message":"it does not delete"} | 2 of them: it does not delete
            registry.example does not answer                                  | registry.example does not answer
            ``                                                                | its pod ended without a report
            """)
    void readsWhichArtifactsAreLeft(String message, String left) {
        assertThat(ArtifactRemovalPod.left(ended("remove", 0, message, false)).orElse(""))
                .isEqualTo(left);
    }

    @ParameterizedTest
    @CsvSource({
        "1, PublishFailed, PushFailed, Setup",
        "75, RegistryUnavailable, RegistryUnavailable, Infrastructure",
        "0, PublicationLost, PublicationLost, Infrastructure"
    })
    void readsWhyNothingWasPushed(int exitCode, Reason ofArtifact, Reason ofImage, Failure kind) {
        var upload = ended(ArtifactUploadPod.CONTAINER, exitCode, "it says why", false);
        var publish = ended(ImagePublishPod.CONTAINER, exitCode, "it says why", false);

        isBroken(READER.artifactUpload(upload), ofArtifact, kind);
        isBroken(READER.imagePublish(publish), ofImage, kind);
    }

    private static void isBroken(Observation seen, Reason reason, Failure kind) {
        assertThat(seen).isInstanceOfSatisfying(Observation.Broken.class, broken -> {
            assertThat(broken.why().reason()).isEqualTo(reason);
            assertThat(broken.fault()).isEqualTo(kind);
        });
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
