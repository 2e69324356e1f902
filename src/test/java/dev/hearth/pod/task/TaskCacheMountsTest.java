package dev.hearth.pod.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.OperatingSystem;
import dev.hearth.api.Trust;
import dev.hearth.core.Specs;
import dev.hearth.core.taskcache.TaskCachePlan;
import dev.hearth.core.taskcache.TaskCacheUse;
import dev.hearth.pod.PodFrame;
import dev.hearth.pod.PodRules;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a pod with directories may see and write, of its own scope and of a trusted one. */
class TaskCacheMountsTest {
    private static final String KEY = "a".repeat(16);
    private static final String WORK = "b".repeat(16);
    private static final String MAIN = "hearth-main-task-caches-linux";

    @Test
    void trustedVolumeIsReadOnlyAndOutOfTheTasksSight() {
        var pod = pod("caches: [{path: /src/target}]\nservices: [{name: db, image: postgres}]\n"
                + "reports: {junit: ['/reports/*.xml']}");

        assertThat(mountsOf(pod, MAIN))
                .singleElement()
                .satisfies(mount -> assertThat(mount.getReadOnly()).isTrue());
        assertThat(container(pod, "cache").getVolumeMounts())
                .extracting(VolumeMount::getMountPath)
                .containsExactly("/hearth/own", "/hearth/state", "/hearth/cache-read-0");
        assertThat(mounts(container(pod, "task"), "hearth-pull"))
                .singleElement()
                .satisfies(mount -> {
                    assertThat(mount.getMountPath()).isEqualTo("/src/target");
                    assertThat(mount.getSubPath()).isEqualTo(KEY + "/" + WORK);
                });
        for (var name : List.of("task", "keep", "service-db")) {
            assertThat(mounts(container(pod, name), MAIN)).isEmpty();
        }
        assertThat(mounts(container(pod, "keep"), "hearth-pull")).isEmpty();
        assertThat(mounts(container(pod, "service-db"), "hearth-pull")).isEmpty();
    }

    @Test
    void containerIsTheTasksUserAndRestrictedWhereThatIs() {
        var restricted = pod("caches: [{path: /src/target}]\nuser: 7");
        var security = container(restricted, "cache").getSecurityContext();
        assertThat(security.getRunAsUser()).isNull();
        assertThat(security.getAllowPrivilegeEscalation()).isFalse();
        assertThat(security.getReadOnlyRootFilesystem()).isTrue();
        assertThat(security.getCapabilities().getDrop()).containsExactly("ALL");
        assertThat(restricted.getSpec().getSecurityContext().getRunAsUser()).isEqualTo(7);

        var baseline = pod("caches: [{path: /src/target}]\npodSecurity: Baseline");
        assertThat(container(baseline, "cache").getSecurityContext().getCapabilities())
                .isNull();
        assertThat(container(baseline, "cache").getSecurityContext().getPrivileged())
                .isNull();
    }

    @Test
    void whatItWasToldIsNotedOnThePod() {
        var pod = pod("caches: [{path: /src/target}]");

        assertThat(TaskCacheNote.read(pod)).contains(plan("/src/target").use());
        assertThat(TaskCacheNote.scopes(pod)).containsExactly("app-pull", "app-main");
        assertThat(pod.getMetadata().getLabels())
                .containsEntry("hearth.dev/scope", "app-pull")
                .containsEntry("hearth.dev/task-caches", "linux")
                .doesNotContainKey("hearth.dev/platform");
    }

    private static Pod pod(String yaml) {
        var task = Specs.task("unit", yaml);
        var plan = plan(task.caches().getFirst().path());
        return new TaskPod(frame(), Map.of(), "tools", PodRules.standard(Trust.Untrusted))
                .build(
                        task,
                        new TaskPod.Cell(
                                "busybox",
                                ArtifactParts.of(Map.of()),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.of(new TaskCacheMounts(task.os(), "app-pull", image(task.os()), plan, null))));
    }

    private static String image(OperatingSystem os) {
        return "tools-" + os;
    }

    private static TaskCachePlan plan(String path) {
        var origin = new TaskCacheUse.Origin("app-main", MAIN, KEY + "/from");
        var given = new TaskCacheUse.Given(KEY, path, WORK, origin, "of run main-1");
        var use = new TaskCacheUse("hearth-pull", "uid", "unit", 1, List.of(given), List.of(KEY + "/old"));
        return new TaskCachePlan(use, List.of(KEY + "/other"), Duration.ofMinutes(1));
    }

    private static PodFrame frame() {
        return new PodFrame("ci", "app", "run", Trust.Trusted, "pod", new OwnerReference(), Duration.ofMinutes(5));
    }

    private static List<VolumeMount> mountsOf(Pod pod, String claim) {
        var volume = pod.getSpec().getVolumes().stream()
                .filter(it -> it.getPersistentVolumeClaim() != null
                        && it.getPersistentVolumeClaim().getClaimName().equals(claim))
                .findFirst()
                .orElseThrow();
        return containers(pod).stream()
                .flatMap(container -> mounts(container, volume.getName()).stream())
                .toList();
    }

    private static List<VolumeMount> mounts(Container container, String volume) {
        return container.getVolumeMounts().stream()
                .filter(mount -> mount.getName().equals(volume))
                .toList();
    }

    private static List<Container> containers(Pod pod) {
        return Stream.concat(pod.getSpec().getInitContainers().stream(), pod.getSpec().getContainers().stream())
                .toList();
    }

    private static Container container(Pod pod, String name) {
        return containers(pod).stream()
                .filter(container -> container.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
