package dev.hearth.testbed;

import dev.hearth.pod.ObjectLabels;
import dev.hearth.pod.PodRun;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Optional;

/** Looks for pods that wait with a running daemon for a run. */
public final class WarmPodFinder {
    /** Held by tests that fill the node, for which pods that wait are ended, and shared by tests that need one which waits. */
    public static final String ROOM = "dev.hearth.testbed.room";

    private WarmPodFinder() {}

    /** Waits for a pod of the namespace whose daemon runs and that no run has taken. */
    public static Pod untilOneWaits(TestNamespace work) {
        return work.until(
                "a pod that waits with a running daemon",
                () ->
                        work
                                .client()
                                .pods()
                                .inNamespace(work.namespace())
                                .withLabel(ObjectLabels.WARM)
                                .list()
                                .getItems()
                                .stream()
                                .filter(pod -> PodRun.of(pod).isEmpty() && isUp(pod))
                                .findFirst());
    }

    private static boolean isUp(Pod pod) {
        return Optional.ofNullable(pod.getStatus()).stream()
                .flatMap(status -> status.getInitContainerStatuses().stream())
                .anyMatch(container -> container.getName().equals("buildkitd") && container.getStarted());
    }
}
