package dev.hearth.controller.pipeline;

import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.Map;

/** Creates the objects of the runs that Hearth starts: for a new commit, at a time of a schedule, or for a comment. */
final class TriggeredRun {
    private TriggeredRun() {}

    /** Returns a run that its pipeline owns. */
    static PipelineRun of(Pipeline pipeline, String name, PipelineRunSpec spec, Map<String, String> annotations) {
        var run = new PipelineRun();
        run.setMetadata(new ObjectMetaBuilder()
                .withNamespace(pipeline.getMetadata().getNamespace())
                .withName(name)
                .withLabels(ObjectLabels.of(pipeline.getMetadata().getName()))
                .withAnnotations(annotations)
                .withOwnerReferences(OwnerReferences.controller(pipeline))
                .build());
        run.setSpec(spec);
        return run;
    }
}
