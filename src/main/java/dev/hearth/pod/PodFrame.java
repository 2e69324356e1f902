package dev.hearth.pod;

import dev.hearth.api.BuiltCompletely;
import dev.hearth.api.Trust;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodFluent;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The fields that every pod of a run or pipeline has in common.
 *
 * @param run empty for a pod that belongs to the pipeline itself
 * @param trust trust of the run, by which a NetworkPolicy selects the pod
 * @param timeLimit time after which the kubelet ends the pod, even if the operator is not running
 * @param userNamespace whether the pod has a user namespace of its own
 */
@BuiltCompletely
public record PodFrame(
        String namespace,
        String pipeline,
        Optional<String> run,
        Trust trust,
        String name,
        OwnerReference owner,
        Duration timeLimit,
        boolean userNamespace)
        implements PodFrameBuilder.With {

    /**
     * Names a Secret that does not exist; the kubelet then pulls without credentials. If a pod names no pull Secrets,
     * the API server adds those of the namespace's default ServiceAccount.
     */
    static final LocalObjectReference NO_PULL_SECRETS = new LocalObjectReference("hearth-no-pull-secrets");

    /** Annotation by which the cluster autoscaler knows whether it may end the pod to remove its node. */
    public static final String SAFE_TO_EVICT = "cluster-autoscaler.kubernetes.io/safe-to-evict";

    /** Creates a frame without a user namespace. */
    public PodFrame(
            String namespace,
            String pipeline,
            String run,
            Trust trust,
            String name,
            OwnerReference owner,
            Duration timeLimit) {
        this(namespace, pipeline, Optional.of(run), trust, name, owner, timeLimit, false);
    }

    /** Creates the frame of a pod that works for a pipeline with its credentials, and runs no code of it. */
    public static PodFrame ofPipeline(
            String namespace, String pipeline, String name, OwnerReference owner, Duration timeLimit) {
        return new PodFrame(namespace, pipeline, Optional.empty(), Trust.Trusted, name, owner, timeLimit, false);
    }

    /** Builds a pod with this frame and the given spec. */
    public Pod pod(UnaryOperator<PodFluent<PodBuilder>.SpecNested<PodBuilder>> spec) {
        var builder = new PodBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .withLabels(run.map(it -> ObjectLabels.ofRun(pipeline, it)).orElseGet(() -> ObjectLabels.of(pipeline)))
                .addToLabels(ObjectLabels.TRUST, trust.name())
                .addToAnnotations(SAFE_TO_EVICT, "false")
                .withOwnerReferences(owner)
                .endMetadata()
                .withNewSpec()
                .withRestartPolicy("Never")
                .withHostUsers(userNamespace ? Boolean.FALSE : null)
                // A step is not code of the operator: it gets no token and no addresses of Services.
                .withAutomountServiceAccountToken(false)
                .withEnableServiceLinks(false)
                .withActiveDeadlineSeconds(Math.max(1, timeLimit.toSeconds()));
        var pod = spec.apply(builder).endSpec().build();
        if (trust == Trust.Untrusted) {
            // The kubelet uses pull Secrets for all images of a pod, and an untrusted run can name an image.
            pod.getSpec().setImagePullSecrets(List.of(NO_PULL_SECRETS));
        }
        return pod;
    }
}
