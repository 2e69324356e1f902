package dev.hearth.core.plan;

import dev.hearth.api.PipelineSpec;
import dev.hearth.core.ref.GitRef;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The steps of a run, in the order in which the pipeline lists them. The same spec and ref give the same plan. */
public record Plan(List<Step> steps) {

    public Plan {
        steps = List.copyOf(steps);
    }

    public static Plan of(PipelineSpec spec, PlanContext scene) {
        return new Planner(spec, scene).plan();
    }

    /** Of what does not depend on a run: its builds, and the tasks whose legs are listed. */
    public static Plan of(PipelineSpec spec, GitRef ref) {
        return of(spec, PlanContext.of(ref));
    }

    public Stream<Step.Build> builds() {
        return steps.stream().filter(Step.Build.class::isInstance).map(Step.Build.class::cast);
    }

    /** The builds that share the pod of a platform. */
    public List<Step.Build> buildsFor(String platform) {
        return builds().filter(step -> step.platform().equals(platform)).toList();
    }

    /** Steps that leave files under a name that tasks list in artifacts. */
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
