package dev.hearth.controller.support;

import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.cluster.OwnedObjectWriter;
import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;

/** Creates and checks owner references, by which Kubernetes deletes objects together with their owners. */
public final class OwnerReferences {
    private OwnerReferences() {}

    /** Returns a reference to the controlling owner. */
    public static OwnerReference controller(HasMetadata owner) {
        return new OwnerReferenceBuilder()
                .withApiVersion(owner.getApiVersion())
                .withKind(owner.getKind())
                .withName(owner.getMetadata().getName())
                .withUid(owner.getMetadata().getUid())
                .withController(true)
                .build();
    }

    /** Returns the reference to the pipeline that a run has from its start. */
    public static OwnerReference pipelineOf(PipelineRun run) {
        return run.getMetadata().getOwnerReferences().stream()
                .filter(owner -> Boolean.TRUE.equals(owner.getController())
                        && owner.getKind().equals(HasMetadata.getKind(Pipeline.class))
                        && owner.getApiVersion().startsWith(HasMetadata.getGroup(Pipeline.class) + "/"))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        "run " + run.getMetadata().getName() + " has lost the reference to its pipeline"));
    }

    /**
     * Returns what is applied to a run that a user has created: it is then deleted with its pipeline and has its label.
     */
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

    /** Whether an object belongs to this owner, identified by its uid, and not to an earlier one of the same name. */
    public static boolean owns(HasMetadata owner, HasMetadata child) {
        return OwnedObjectWriter.isOwnedBy(child, owner.getMetadata().getUid());
    }
}
