package dev.hearth.controller.support;

import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.cluster.OwnedObjectWriter;
import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;

/** Owner references, by which the cluster's garbage collector removes children. */
public final class OwnerReferences {
    private OwnerReferences() {}

    public static OwnerReference controller(HasMetadata owner) {
        return new OwnerReferenceBuilder()
                .withApiVersion(owner.getApiVersion())
                .withKind(owner.getKind())
                .withName(owner.getMetadata().getName())
                .withUid(owner.getMetadata().getUid())
                .withController(true)
                .build();
    }

    /** One of several owners: the child goes when the last of them does. */
    public static OwnerReference of(HasMetadata owner) {
        var reference = controller(owner);
        reference.setController(null);
        return reference;
    }

    /** The reference to its Pipeline that a run got when its spec was frozen. */
    public static OwnerReference pipelineOf(PipelineRun run) {
        return run.getMetadata().getOwnerReferences().stream()
                .filter(owner -> Boolean.TRUE.equals(owner.getController())
                        && owner.getKind().equals(HasMetadata.getKind(Pipeline.class))
                        && owner.getApiVersion().startsWith(HasMetadata.getGroup(Pipeline.class) + "/"))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        "run " + run.getMetadata().getName() + " has lost the reference to its pipeline"));
    }

    /** What is applied to a run that somebody created by hand: it goes when its pipeline goes, and is known to be of it. */
    public static PipelineRun adopted(PipelineRun run, Pipeline pipeline) {
        var adopted = new PipelineRun();
        adopted.setMetadata(new ObjectMetaBuilder()
                .withNamespace(run.getMetadata().getNamespace())
                .withName(run.getMetadata().getName())
                .withOwnerReferences(controller(pipeline))
                .addToLabels(ObjectLabels.PIPELINE, pipeline.getMetadata().getName())
                .build());
        return adopted;
    }

    /** Whether a child was made by this very owner, not by an earlier one of the same name. */
    public static boolean owns(HasMetadata owner, HasMetadata child) {
        return OwnedObjectWriter.isOf(child, owner.getMetadata().getUid());
    }
}
