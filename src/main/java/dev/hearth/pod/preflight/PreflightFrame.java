package dev.hearth.pod.preflight;

import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodFluent;
import java.time.Duration;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * The fields that the pods of all preflights have in common.
 *
 * @param owner object with which Kubernetes deletes the pod if the operator does not
 * @param timeLimit time after which the kubelet ends the pod
 */
record PreflightFrame(String namespace, String name, OwnerReference owner, Duration timeLimit) {

    /** Builds a pod with this frame and the given spec. */
    Pod pod(UnaryOperator<PodFluent<PodBuilder>.SpecNested<PodBuilder>> spec) {
        var builder = new PodBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .withLabels(Map.of(ObjectLabels.MANAGED_BY, ObjectLabels.HEARTH))
                .withOwnerReferences(owner)
                .endMetadata()
                .withNewSpec()
                .withRestartPolicy("Never")
                .withAutomountServiceAccountToken(false)
                .withEnableServiceLinks(false)
                .withActiveDeadlineSeconds(Math.max(1, timeLimit.toSeconds()))
                .withTerminationGracePeriodSeconds(1L);
        return spec.apply(builder).endSpec().build();
    }
}
