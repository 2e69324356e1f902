package dev.hearth.core.plan;

import dev.hearth.api.BuildSpec;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.PushSpec;
import dev.hearth.api.TaskSpec;
import dev.hearth.api.Trust;
import dev.hearth.api.VariantSpec;
import dev.hearth.core.trust.Ref;
import dev.hearth.core.trust.RefFilter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The steps of a run, in the order in which the pipeline lists them. The same spec and ref give the same plan. */
public record Plan(List<Step> steps) {

    public Plan {
        steps = List.copyOf(steps);
    }

    public static Plan of(PipelineSpec spec, Ref ref) {
        var steps = new ArrayList<Step>();
        var trusted = RefFilter.trust(spec.trusted(), ref) == Trust.Trusted;
        for (BuildSpec build : spec.builds()) {
            // An untrusted run builds what it would push, and pushes nothing.
            var push = trusted ? build.push() : null;
            for (VariantSpec variant : variants(build)) {
                var builds = build.platforms().stream()
                        .map(platform -> new Step.Build(build, variant, platform, push))
                        .toList();
                steps.addAll(builds);
                if (push != null && publishes(build, push)) {
                    steps.add(new Step.Index(build, variant, push, names(builds)));
                }
            }
        }
        for (TaskSpec task : spec.tasks()) {
            var needs = Stream.concat(task.artifacts().stream(), task.needs().stream())
                    .flatMap(need -> stepsOf(need, spec, steps))
                    .collect(Collectors.toCollection(LinkedHashSet::new));
            steps.add(new Step.Task(task, Collections.unmodifiableSet(needs)));
        }
        return new Plan(steps);
    }

    public Stream<Step.Build> builds() {
        return steps.stream().filter(Step.Build.class::isInstance).map(Step.Build.class::cast);
    }

    /** The builds that share the pod of a platform. */
    public List<Step.Build> buildsFor(String platform) {
        return builds().filter(step -> step.platform().equals(platform)).toList();
    }

    public Set<String> platforms() {
        return builds().map(Step.Build::platform).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** A list with one null stands for a build without variants: there is one solve either way. */
    private static List<@Nullable VariantSpec> variants(BuildSpec build) {
        return build.variants().isEmpty()
                ? Collections.singletonList(null)
                : new ArrayList<@Nullable VariantSpec>(build.variants());
    }

    private static boolean publishes(BuildSpec build, PushSpec push) {
        return !push.tags().isEmpty() || build.platforms().size() > 1;
    }

    private static Stream<String> stepsOf(String need, PipelineSpec spec, List<Step> planned) {
        var isBuild = spec.builds().stream().anyMatch(build -> build.name().equals(need));
        if (!isBuild) {
            return Stream.of(need);
        }
        return planned.stream()
                .filter(step -> switch (step) {
                    case Step.Build build -> build.spec().name().equals(need);
                    case Step.Index index -> index.spec().name().equals(need);
                    case Step.Task _ -> false;
                })
                .map(Step::name);
    }

    private static Set<String> names(List<Step.Build> builds) {
        return builds.stream().map(Step::name).collect(Collectors.toCollection(LinkedHashSet::new));
    }
}
