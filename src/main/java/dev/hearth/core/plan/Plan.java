package dev.hearth.core.plan;

import dev.hearth.api.PipelineSpec;
import dev.hearth.core.ref.GitRef;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The steps of a run, in the order of the pipeline's spec. */
public record Plan(List<Step> steps) {

    public Plan {
        steps = List.copyOf(steps);
    }

    public static Plan of(PipelineSpec spec, PlanContext context) {
        return new Planner(spec, context).plan();
    }

    /** Returns the steps that do not depend on a run: builds, and tasks without a computed matrix. */
    public static Plan of(PipelineSpec spec, GitRef ref) {
        return of(spec, PlanContext.of(ref));
    }

    public Stream<Step.Build> builds() {
        return steps.stream().filter(Step.Build.class::isInstance).map(Step.Build.class::cast);
    }

    /** Returns the solves that share the build pod of a platform. */
    public List<Step.Build> buildsFor(String platform) {
        return builds().filter(step -> step.platform().equals(platform)).toList();
    }

    /** Returns the steps that produce an artifact. */
    public List<Step> sources(String artifact) {
        return steps.stream()
                .filter(Step::keepsFiles)
                .filter(step -> switch (step) {
                    case Step.Build build -> build.spec().name().equals(artifact);
                    case Step.Task task -> task.spec().name().equals(artifact);
                    case Step.Index _, Step.MatrixReader _, Step.ArtifactUpload _ -> false;
                })
                .toList();
    }

    public Set<String> platforms() {
        return builds().map(Step.Build::platform).collect(Collectors.toCollection(LinkedHashSet::new));
    }
}
