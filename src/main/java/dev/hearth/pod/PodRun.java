package dev.hearth.pod;

import dev.hearth.api.PipelineRun;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Optional;

/** Which run made a pod. Its owner says so; a label alone says nothing, since anybody may put it on a pod. */
public final class PodRun {
    private static final String KIND = HasMetadata.getKind(PipelineRun.class);
    private static final String GROUP = HasMetadata.getGroup(PipelineRun.class) + "/";

    private PodRun() {}

    /** The run's name; empty if no run controls the pod. */
    public static Optional<String> of(Pod pod) {
        return pod.getMetadata().getOwnerReferences().stream()
                .filter(owner -> Boolean.TRUE.equals(owner.getController())
                        && owner.getKind().equals(KIND)
                        && owner.getApiVersion().startsWith(GROUP))
                .map(owner -> owner.getName())
                .findFirst();
    }
}
