package dev.hearth.chaos;

import dev.hearth.agent.AgentRequest;
import dev.hearth.agent.ArtifactFiles;
import dev.hearth.agent.DaemonReport;
import dev.hearth.agent.SolveReport;
import dev.hearth.buildkit.BuildRequests;
import dev.hearth.controlplane.PodStages.End;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What agents in Hearth's pods report in their termination messages. */
final class FakeTerminationMessages {
    private static final ArtifactFiles FILES = new ArtifactFiles("sha256:" + "0".repeat(64), 1, 4);

    private FakeTerminationMessages() {}

    static End solved(Container container) {
        var keeps = container.getVolumeMounts().stream()
                .anyMatch(mount -> mount.getMountPath().equals(BuildRequests.ARTIFACTS));
        return new End(
                0,
                Serialization.asJson(new SolveReport(
                        AgentRequest.VERSION, null, 3, 1, null, null, keeps ? FILES : null, List.of(), List.of())));
    }

    static End failed(Pod pod) {
        return new End(1, "the command of " + pod.getMetadata().getName() + " failed, as commands do");
    }

    /** The daemon's report. */
    static End report(Optional<Integer> sealed, Set<String> layers) {
        var seal = sealed.map(number -> new DaemonReport.Sealed(number, 1024, false, List.copyOf(layers), 10));
        return new End(
                0,
                Serialization.asJson(new DaemonReport(
                        AgentRequest.VERSION,
                        new DaemonReport.Begun("Cold", 10),
                        seal.orElse(null),
                        262_144,
                        0,
                        null,
                        null,
                        null,
                        null)));
    }
}
