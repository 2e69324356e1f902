package dev.hearth.controller.pipeline;

import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.api.RunTrigger;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.core.forge.CommandedRuns;
import dev.hearth.core.plan.Names;
import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.Map;

/** Creates the objects of the runs that Hearth starts: for a new commit, at a time of a schedule, or for a comment or button. */
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

    /** Returns another run of the same commit. Its name is the same each time, so that it is created once. */
    static PipelineRun again(Pipeline pipeline, PipelineRun run, RunTrigger trigger, Map<String, String> annotations) {
        var name = pipeline.getMetadata().getName();
        var spec = run.getSpec();
        var commit = CommandedRuns.commit(run).orElseThrow();
        return of(
                pipeline,
                Names.runAfter(name, spec.ref(), commit, run.getMetadata().getUid()),
                PipelineRunSpec.of(name, spec.ref(), commit)
                        .withApproval(spec.approval())
                        .withTrigger(trigger),
                annotations);
    }
}
