package dev.hearth.chaos;

import dev.hearth.pod.PodRun;
import dev.hearth.pod.build.BuildPod;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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
                .flatMap(daemon -> PodRun.of(pod).map(run -> of(pod, run, environment(daemon), mounts)));
    }

    private static DaemonInstructions of(Pod pod, String run, Map<String, String> told, Map<String, String> mounts) {
        return new DaemonInstructions(
                pod.getMetadata().getUid(),
                pod.getMetadata().getNamespace() + "/" + pod.getMetadata().getName(),
                run,
                told.getOrDefault("CLAIM", ""),
                told.getOrDefault("SEED_ID", ""),
                told.getOrDefault("SEED_MODE", ""),
                told.getOrDefault("SEED_FROM", ""),
                number(told, "SEED_GENERATION").orElse(0),
                number(told, "SEAL"),
                Stream.of(told.getOrDefault("KEEP", "").split(" "))
                        .filter(text -> !text.isEmpty())
                        .map(Integer::valueOf)
                        .collect(Collectors.toSet()),
                mounts);
    }

    private static Optional<Integer> number(Map<String, String> told, String name) {
        return Optional.of(told.getOrDefault(name, ""))
                .filter(text -> !text.isEmpty())
                .map(Integer::valueOf);
    }

    private static Map<String, String> environment(Container container) {
        var told = new HashMap<String, String>();
        container.getEnv().forEach(variable -> told.put(variable.getName(), String.valueOf(variable.getValue())));
        told.values().removeIf("null"::equals);
        return told;
    }

    @Override
    public String toString() {
        return "pod " + name + " (" + pod.substring(0, 8) + ", seed " + seedId + ", seals " + seal + ", keeps " + keep
                + ")";
    }
}
