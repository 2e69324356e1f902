package dev.hearth.pod;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.buildkit.DaemonConfig;
import dev.hearth.buildkit.DaemonScript;
import dev.hearth.core.Specs;
import dev.hearth.testbed.Cluster;
import dev.hearth.testbed.Workplace;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a volume is worth when its pod was lost in the middle of a seal. */
class SealE2E {
    private static final String IMAGE = "docker.io/moby/buildkit:v0.34.2";

    @Test
    void survivesAKillAtEveryPoint() throws IOException {
        try (var work = Workplace.open("seal")) {
            var pod = work.client().resource(pod(work.namespace())).create();

            var ended = work.client()
                    .resource(pod)
                    .waitUntilCondition(it -> it != null && PodReader.isOver(it), 15, TimeUnit.MINUTES);

            var log = work.client()
                    .pods()
                    .inNamespace(work.namespace())
                    .withName(pod.getMetadata().getName())
                    .getLog();
            assertThat(ended.getStatus().getPhase()).as(log).isEqualTo("Succeeded");
            assertThat(log).containsPattern("killed at [3-9][0-9] points");
        }
    }

    /** The daemon's own container, with another command and folders of its own. */
    private static Pod pod(String namespace) throws IOException {
        var toml = new DaemonConfig(
                        Cluster.MIRROR.map(it -> Map.of("docker.io", it)).orElse(Map.of()),
                        Cluster.MIRROR.map(Set::of).orElse(Set.of()),
                        1L << 30)
                .toml();
        var daemon = new DaemonContainer(IMAGE, toml, BuildPod.Isolation.UserNamespace).of(Specs.CACHE, List.of());
        daemon.setName("kill");
        daemon.setRestartPolicy(null);
        daemon.setCommand(List.of("/bin/sh", "-c", script()));
        daemon.setEnv(List.of(
                new EnvVar("DAEMON", DaemonScript.DAEMON.text(), null), new EnvVar("BUILDKITD_TOML", toml, null)));
        daemon.setVolumeMounts(
                List.of(Parts.writable("state", "/var/lib/hearth"), Parts.writable("sockets", "/run/buildkit")));
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName("kill-everywhere")
                .endMetadata()
                .withNewSpec()
                .withHostUsers(false)
                .withRestartPolicy("Never")
                .withAutomountServiceAccountToken(false)
                .withContainers(daemon)
                .withVolumes(Parts.empty("state"), Parts.empty("sockets"))
                .endSpec()
                .build();
    }

    private static String script() throws IOException {
        try (var in = Objects.requireNonNull(SealE2E.class.getResourceAsStream("/seal/kill-everywhere.sh"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
