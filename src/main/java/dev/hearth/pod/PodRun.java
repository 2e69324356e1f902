package dev.hearth.pod;

import dev.hearth.api.PipelineRun;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Optional;

/** Tells which run a pod belongs to. Only the owner reference counts: every user who creates pods can set a label. */
public final class PodRun {
    private static final String KIND = HasMetadata.getKind(PipelineRun.class);
    private static final String GROUP = HasMetadata.getGroup(PipelineRun.class) + "/";

    private PodRun() {}

    /** Returns the name of the run. Empty if no run controls the pod. */
    public static Optional<String> of(Pod pod) {
        return pod.getMetadata().getOwnerReferences().stream()
                .filter(owner -> Boolean.TRUE.equals(owner.getController())
                        && owner.getKind().equals(KIND)
                        && owner.getApiVersion().startsWith(GROUP))
                .map(owner -> owner.getName())
                .findFirst();
    }
}
