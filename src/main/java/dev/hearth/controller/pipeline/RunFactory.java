package dev.hearth.controller.pipeline;

import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.core.trigger.RefChanges;
import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;

/** The runs that a pipeline starts by itself. Named after ref and commit, so that there is one of each. */
final class RunFactory {
    private RunFactory() {}

    static PipelineRun of(Pipeline pipeline, String named, RefChanges.Start start) {
        var name = pipeline.getMetadata().getName();
        var run = new PipelineRun();
        run.setMetadata(new ObjectMetaBuilder()
                .withNamespace(pipeline.getMetadata().getNamespace())
                .withName(named)
                .withLabels(ObjectLabels.of(name))
                .withOwnerReferences(OwnerReferences.controller(pipeline))
                .build());
        run.setSpec(new PipelineRunSpec(name, start.ref().name(), start.commit(), false));
        return run;
    }
}
