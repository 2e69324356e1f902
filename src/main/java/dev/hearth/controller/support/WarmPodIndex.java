package dev.hearth.controller.support;

import dev.hearth.pod.PodRun;
import dev.hearth.pod.build.BuildPod;
import dev.hearth.pod.observe.PodReader;
import io.fabric8.kubernetes.api.model.Pod;
import io.javaoperatorsdk.operator.processing.event.source.Cache;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** All pods that wait with a running daemon for a run, as the controller's watch shows them. */
@ApplicationScoped
public class WarmPodIndex {
    private volatile @Nullable Cache<Pod> pods;

    /** Sets the watch. The controller does so before it reconciles anything. */
    public void watch(Cache<Pod> watch) {
        pods = watch;
    }

    /** Returns the pods that wait and have not ended. */
    public Stream<Pod> waiting() {
        return Optional.ofNullable(pods).stream()
                .flatMap(Cache::list)
                .filter(pod -> BuildPod.isWarm(pod)
                        && PodRun.of(pod).isEmpty()
                        && !PodReader.hasFinished(pod)
                        && pod.getMetadata().getDeletionTimestamp() == null);
    }
}
