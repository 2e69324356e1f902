package dev.hearth.pod.build;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.IsolationForm;
import dev.hearth.buildkit.ContainerScript;
import dev.hearth.buildkit.DaemonConfig;
import dev.hearth.core.Specs;
import dev.hearth.pod.ContainerParts;
import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.PodVolumes;
import dev.hearth.pod.observe.PodReader;
import dev.hearth.testbed.Cluster;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** The script that keeps a volume, in a pod of its own: when it is killed, and when what it starts has turned against it. */
@Order(2) // takes long
class VolumeE2E {
    /** One of so many points and states is tried, another one each time. All of them take a quarter of an hour. */
    private static final int EVERY = Integer.getInteger("hearth.every", 20);

    private static final int FIRST = Integer.getInteger("hearth.first", 1 + new Random().nextInt(EVERY));

    private static final String IMAGE = "docker.io/moby/buildkit:v0.34.2";

    @Test
    void survivesAKillAtEveryPointOfASeal() throws IOException {
        assertThat(log(pod(List.of(), container("kill", false, script("kill-everywhere.sh")))))
                .containsPattern("killed at [2-9][0-9] points");
    }

    @Test
    void goesOnWithWhatIsLeftOfABrokenState() throws IOException {
        var script = resource("runs.sh") + resource("broken-states.sh");
        assertThat(log(pod(List.of(), container("broken", false, ContainerParts.literal(script)))))
                .containsPattern("mended %s states, and was killed at [1-9][0-9]+ points"
                        .formatted(EVERY == 1 ? "[4-9][0-9]" : "[1-9][0-9]*"));
    }

    @Test
    void buildsWithoutImportsThatAreBroken() throws IOException {
        var script = resource("runs.sh") + resource("broken-imports.sh");
        assertThat(log(pod(List.of(), container("imports", false, ContainerParts.literal(script)))))
                .containsPattern("imported %s times".formatted(EVERY == 1 ? "12" : "[45]"));
    }

    /** On a file system of its own, which is really full. */
    @Test
    void makesRoomOnAFullDisk() throws IOException {
        assertThat(log(onDiskOf("96Mi", "runs.sh", "full-disk.sh"))).contains("had no room, and mended that");
    }

    /** On a file system that others have filled, with storage that enforces no sizes. */
    @Test
    void keepsWhatItHasWhereOthersFillTheDisk() throws IOException {
        assertThat(log(onDiskOf("224Mi", "runs.sh", "shared-disk.sh"))).contains("kept what others would start from");
    }

    /** What no Dockerfile can do, but a daemon that one broke out of could. */
    @Test
    void brokenOutDaemonCannotWriteWhatItStartedFrom() throws IOException {
        var script = script("broken-out-daemon.sh");
        var log = log(
                pod(List.of(container("fill", false, script, "fill")), container("attack", true, script, "attack")));

        assertThat(log).doesNotContain("BROKEN");
        assertThat(log.lines().filter(line -> line.startsWith("HELD: "))).hasSize(27);
    }

    private static String log(PodBuilder builder) {
        try (var work = TestNamespace.open("volume")) {
            var pod = work.client()
                    .resource(builder.editMetadata()
                            .withNamespace(work.namespace())
                            .endMetadata()
                            .build())
                    .create();

            var ended = work.client()
                    .resource(pod)
                    .waitUntilCondition(it -> it != null && PodReader.hasFinished(it), 15, TimeUnit.MINUTES);

            var log = Stream.concat(
                            ended.getStatus().getInitContainerStatuses().stream(),
                            ended.getStatus().getContainerStatuses().stream())
                    .filter(status -> status.getState().getTerminated() != null)
                    .map(status -> work.client()
                            .pods()
                            .resource(pod)
                            .inContainer(status.getName())
                            .getLog())
                    .collect(Collectors.joining("\n"));
            assertThat(ended.getStatus().getPhase()).as(log).isEqualTo("Succeeded");
            return log;
        }
    }

    private static PodBuilder onDiskOf(String size, String... scripts) throws IOException {
        var disk = new VolumeBuilder()
                .withName("disk")
                .withNewEmptyDir()
                .withMedium("Memory")
                .withSizeLimit(new Quantity(size))
                .endEmptyDir()
                .build();
        var script = new StringBuilder();
        for (String name : scripts) {
            script.append(script(name));
        }
        var container = container("full", false, script.toString());
        container.getVolumeMounts().removeIf(mount -> mount.getName().equals("trusted"));
        container.getVolumeMounts().add(PodVolumes.writable("disk", DaemonContainer.VOLUMES));
        return pod(List.of(), container).editSpec().addToVolumes(disk).endSpec();
    }

    private static PodBuilder pod(List<Container> first, Container container) {
        return new PodBuilder()
                .withNewMetadata()
                .withName("volume")
                .endMetadata()
                .withNewSpec()
                .withHostUsers(false)
                .withRestartPolicy("Never")
                .withAutomountServiceAccountToken(false)
                .withInitContainers(first)
                .withContainers(container)
                .withVolumes(Stream.of("state", "trusted", "run", "sockets", "tmp")
                        .map(name -> PodVolumes.empty(name, "2Gi"))
                        .toList())
                .endSpec();
    }

    /** The daemon's own container, with another command and folders of its own. */
    private static Container container(String name, boolean reads, String script, String... arguments)
            throws IOException {
        var toml = new DaemonConfig(
                        Cluster.MIRROR.map(it -> Map.of("docker.io", it)).orElse(Map.of()),
                        Cluster.MIRROR.map(Set::of).orElse(Set.of()),
                        IsolationForm.UserNamespace)
                .toml();
        var daemon = new DaemonContainer(
                        IMAGE,
                        toml,
                        1L << 30,
                        IsolationForm.UserNamespace,
                        ContainerResources.PREFLIGHT.withDisk(new Quantity("10Gi")))
                .build(Specs.CACHE, List.of());
        var command = new ArrayList<>(List.of("/bin/sh", "-c", script, name));
        command.addAll(List.of(arguments));
        daemon.setName(name);
        daemon.setRestartPolicy(null);
        daemon.setCommand(command);
        daemon.setEnv(List.of(
                new EnvVar("DAEMON", ContainerParts.literal(shortChains(ContainerScript.DAEMON.text())), null),
                new EnvVar("SOLVE", ContainerParts.literal(ContainerScript.SOLVE.text()), null),
                new EnvVar("ATTACK", script("attack.sh"), null),
                new EnvVar("EVERY", String.valueOf(EVERY), null),
                new EnvVar("FIRST", String.valueOf(FIRST), null),
                new EnvVar("KEEP_MB", "1000", null),
                new EnvVar("BUILDKITD_TOML", toml, null)));
        var trusted = DaemonContainer.VOLUMES + "/trusted";
        daemon.setVolumeMounts(new ArrayList<>(List.of(
                PodVolumes.writable("state", "/var/lib/hearth"),
                PodVolumes.writable("run", "/run"),
                PodVolumes.writable("sockets", "/run/buildkit"),
                PodVolumes.writable("tmp", "/tmp"),
                reads ? PodVolumes.readOnly("trusted", trusted) : PodVolumes.writable("trusted", trusted))));
        return daemon;
    }

    /** So that the third seal folds already. */
    private static String shortChains(String script) {
        assertThat(script).contains("LONGEST_CHAIN=32 ");
        return script.replace("LONGEST_CHAIN=32 ", "LONGEST_CHAIN=3 ");
    }

    private static String script(String name) throws IOException {
        return ContainerParts.literal(resource(name));
    }

    private static String resource(String name) throws IOException {
        try (var in = Objects.requireNonNull(VolumeE2E.class.getResourceAsStream("/volume/" + name))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
