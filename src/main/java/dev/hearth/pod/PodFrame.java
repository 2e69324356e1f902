package dev.hearth.pod;

import dev.hearth.api.Trust;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodFluent;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * What every pod of a run has in common.
 *
 * @param trust of the run, by which its network is chosen
 * @param timeLimit after which the kubelet ends the pod, even while the operator is away
 * @param userNamespace whether it has a user namespace of its own, in which root is a user without rights on the node
 */
public record PodFrame(
        String namespace,
        String pipeline,
        String run,
        Trust trust,
        String name,
        OwnerReference owner,
        Duration timeLimit,
        boolean userNamespace) {

    /**
     * Names a Secret that is not there, without which the kubelet pulls all the same. Where a pod names none, the API server adds
     * those of the namespace's default account.
     */
    static final LocalObjectReference NO_PULL_SECRETS = new LocalObjectReference("hearth-no-pull-secrets");

    /** With the users of the node. */
    public PodFrame(
            String namespace,
            String pipeline,
            String run,
            Trust trust,
            String name,
            OwnerReference owner,
            Duration timeLimit) {
        this(namespace, pipeline, run, trust, name, owner, timeLimit, false);
    }

    /** With a user namespace of its own, or with the users of the node. */
    public PodFrame inUserNamespace(boolean own) {
        return new PodFrame(namespace, pipeline, run, trust, name, owner, timeLimit, own);
    }

    public Pod pod(UnaryOperator<PodFluent<PodBuilder>.SpecNested<PodBuilder>> spec) {
        var builder = new PodBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .withLabels(ObjectLabels.ofRun(pipeline, run))
                .addToLabels(ObjectLabels.TRUST, trust.name())
                .addToAnnotations("cluster-autoscaler.kubernetes.io/safe-to-evict", "false")
                .withOwnerReferences(owner)
                .endMetadata()
                .withNewSpec()
                .withRestartPolicy("Never")
                .withHostUsers(userNamespace ? Boolean.FALSE : null)
                // Neither a token nor the addresses of other services: a step is somebody else's code.
                .withAutomountServiceAccountToken(false)
                .withEnableServiceLinks(false)
                .withActiveDeadlineSeconds(Math.max(1, timeLimit.toSeconds()));
        var pod = spec.apply(builder).endSpec().build();
        if (trust == Trust.Untrusted) {
            // The kubelet pulls all images of a pod with them, and a stranger may name one of the images.
            pod.getSpec().setImagePullSecrets(List.of(NO_PULL_SECRETS));
        }
        return pod;
    }
}
