package dev.hearth.chaos;

import dev.hearth.buildkit.BuildCommand;
import dev.hearth.controlplane.PodStages.End;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What containers of Hearth's pods leave as their last words: as daemon.sh and the script of BuildCommand write them. */
final class FakeTerminationMessages {
    private static final String FILES = "sha256:" + "0".repeat(64) + " 1 4 ";

    private FakeTerminationMessages() {}

    static End solved(Container container) {
        var keeps = container.getVolumeMounts().stream()
                .anyMatch(mount -> mount.getMountPath().equals(BuildCommand.ARTIFACTS));
        return new End(0, "{}\n{\"user_cacheable\":4,\"miss\":1}\n{\"note\":\"\"}\n" + (keeps ? FILES : "") + "\n");
    }

    static End failed(Pod pod) {
        return new End(1, "the command of " + pod.getMetadata().getName() + " failed, as commands do");
    }

    /** The daemon's report. */
    static End report(Optional<Integer> sealed, Set<String> layers) {
        var volumes = layers.stream().map(name -> "\"" + name + "\"").collect(Collectors.joining(","));
        var seal = sealed.map(number -> "\"generation\":" + number + ",\"kib\":1024,\"exported\":false,\"volumes\":["
                        + volumes + "],\"millis\":10")
                .orElse("");
        return new End(
                0,
                "{\"seed\":{\"mode\":\"Cold\",\"millis\":10},\"sealed\":{" + seal
                        + "},\"usedKib\":262144,\"note\":\"\"}");
    }
}
