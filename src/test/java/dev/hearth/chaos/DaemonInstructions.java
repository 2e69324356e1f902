package dev.hearth.chaos;

import dev.hearth.agent.AgentRequests;
import dev.hearth.agent.DaemonRequest;
import dev.hearth.pod.PodRun;
import dev.hearth.pod.build.BuildPod;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What a build pod tells its daemon.
 *
 * @param pod its uid
 * @param mounts uid of each claim that it mounts, by name
 */
record DaemonInstructions(
        String pod,
        String name,
        String run,
        String claim,
        String seedId,
        String mode,
        String seedFrom,
        int seedGeneration,
        Optional<Integer> seal,
        Set<Integer> keep,
        Map<String, String> mounts) {

    /** Empty for a pod that has no daemon, or one that only tries something. */
    static Optional<DaemonInstructions> of(Pod pod, Map<String, String> mounts) {
        return pod.getSpec().getInitContainers().stream()
                .filter(container -> container.getName().equals(BuildPod.DAEMON))
                .findFirst()
                .filter(daemon -> daemon.getCommand().contains("daemon"))
                .map(daemon -> AgentRequests.read(daemon, DaemonRequest.class))
                .flatMap(request -> PodRun.of(pod).map(run -> of(pod, run, request, mounts)));
    }

    private static DaemonInstructions of(Pod pod, String run, DaemonRequest request, Map<String, String> mounts) {
        var seed = request.seed();
        return new DaemonInstructions(
                pod.getMetadata().getUid(),
                pod.getMetadata().getNamespace() + "/" + pod.getMetadata().getName(),
                run,
                request.claim(),
                seed.id(),
                seed.mode().name(),
                Objects.requireNonNullElse(seed.claim(), ""),
                Objects.requireNonNullElse(seed.generation(), 0),
                Optional.ofNullable(request.seal()),
                Set.copyOf(request.keep()),
                mounts);
    }

    @Override
    public String toString() {
        return "pod " + name + " (" + pod.substring(0, 8) + ", seed " + seedId + ", seals " + seal + ", keeps " + keep
                + ")";
    }
}
