package dev.hearth.pod;

import dev.hearth.core.plan.Names;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.AffinityBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.stream.Stream;

/** Lets pods that mount a volume of one cache scope prefer one node: many volumes can be attached to one node at a time only. */
public final class NodePreference {
    private NodePreference() {}

    /** Lets a pod prefer the node of the scope's other pods, if it mounts a volume of the scope. */
    public static void set(Pod pod, String scope) {
        var isConcerned = pod.getSpec().getVolumes().stream()
                .flatMap(volume -> Stream.ofNullable(volume.getPersistentVolumeClaim()))
                .anyMatch(claim -> Names.isVolume(claim.getClaimName(), scope));
        if (isConcerned) {
            pod.getMetadata().getLabels().put(ObjectLabels.SCOPE, scope);
            pod.getSpec().setAffinity(affinity(scope));
        }
    }

    private static Affinity affinity(String scope) {
        return new AffinityBuilder()
                .withNewPodAffinity()
                .addNewPreferredDuringSchedulingIgnoredDuringExecution()
                .withWeight(100)
                .withNewPodAffinityTerm()
                .withTopologyKey("kubernetes.io/hostname")
                .withNewLabelSelector()
                .addToMatchLabels(ObjectLabels.SCOPE, scope)
                .endLabelSelector()
                .endPodAffinityTerm()
                .endPreferredDuringSchedulingIgnoredDuringExecution()
                .endPodAffinity()
                .build();
    }
}
