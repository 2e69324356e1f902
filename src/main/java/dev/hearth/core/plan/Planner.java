package dev.hearth.core.plan;

import dev.hearth.api.ArtifactsSpec;
import dev.hearth.api.BuildSpec;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.PushSpec;
import dev.hearth.api.ServiceSpec;
import dev.hearth.api.TaskSpec;
import dev.hearth.api.VariantSpec;
import dev.hearth.core.ref.TrustDefaults;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes a plan: builds first, then tasks, each with its legs, in the order in which the pipeline lists them. */
final class Planner {
    private final PipelineSpec spec;
    private final PlanContext scene;
    private final List<Step> steps = new ArrayList<>();
    /** Names of the steps that a name in needs stands for. */
    private final Map<String, Set<String>> named = new LinkedHashMap<>();

    Planner(PipelineSpec spec, PlanContext scene) {
        this.spec = spec;
        this.scene = scene;
    }

    Plan plan() {
        spec.builds().forEach(this::build);
        // A task may need one that is listed after it.
        var legs = new LinkedHashMap<String, List<Step.Task>>();
        for (TaskSpec task : spec.tasks()) {
            var own = legs(task).stream()
                    .map(leg -> new Step.Task(filled(task, leg), leg, Set.of()))
                    .toList();
            legs.put(task.name(), own);
            if (task.hasComputedMatrix()) {
                name(task.name(), new Step.MatrixReader(task, Set.of()));
            }
            own.forEach(leg -> name(task.name(), leg));
        }
        for (TaskSpec task : spec.tasks()) {
            task(task, Objects.requireNonNull(legs.get(task.name())));
        }
        return new Plan(steps);
    }

    private void build(BuildSpec build) {
        var asked = build.push();
        var withheld = asked == null ? Optional.<String>empty() : TrustDefaults.withheld(spec, asked, scene.ref());
        var push = withheld.isPresent() ? null : asked;
        for (VariantSpec variant : variants(build)) {
            var builds = build.platforms().stream()
                    .map(platform -> new Step.Build(build, variant, platform, push, withheld))
                    .toList();
            steps.addAll(builds);
            builds.forEach(step -> name(build.name(), step));
            builds.forEach(this::publish);
            if (push != null && publishes(build, push)) {
                var index = new Step.Index(build, variant, push, names(builds));
                steps.add(index);
                name(build.name(), index);
            }
        }
    }

    private void task(TaskSpec task, List<Step.Task> legs) {
        var needs = Stream.concat(task.artifacts().stream(), task.needs().stream())
                .flatMap(need -> named.getOrDefault(need, Set.of()).stream())
                .collect(Collectors.toCollection(LinkedHashSet::new));
        var image = task.imageFrom();
        if (image != null) {
            needs.add(Step.title(image.build(), image.variant()) + "/" + image.platform());
        }
        if (task.hasComputedMatrix()) {
            var listing = new Step.MatrixReader(task, Collections.unmodifiableSet(new LinkedHashSet<>(needs)));
            steps.add(listing);
            needs.add(listing.name());
        }
        for (Step.Task leg : legs) {
            var step = new Step.Task(leg.spec(), leg.leg(), Collections.unmodifiableSet(needs));
            steps.add(step);
            publish(step);
        }
    }

    /** What a step leaves can be mounted by others once it is published. */
    private void publish(Step step) {
        if (step.keepsFiles() && spec.artifacts().store() == ArtifactsSpec.Store.Registry) {
            steps.add(new Step.ArtifactUpload(step));
        }
    }

    private void name(String need, Step step) {
        var all = named.computeIfAbsent(need, _ -> new LinkedHashSet<>());
        all.add(step.name());
        if (step.keepsFiles() && spec.artifacts().store() == ArtifactsSpec.Store.Registry) {
            all.add(new Step.ArtifactUpload(step).name());
        }
    }

    private List<MatrixCell> legs(TaskSpec task) {
        var computed = scene.matrices().get(task.name());
        return computed == null ? MatrixExpansion.listed(task) : MatrixExpansion.distinct(computed);
    }

    private TaskSpec filled(TaskSpec task, MatrixCell leg) {
        var values = scene.values(leg, Objects.requireNonNullElse(task.shards(), 0));
        return task.filled(
                text -> Template.fill(text, values),
                task.services().stream().filter(service -> isFor(service, leg)).toList());
    }

    private static boolean isFor(ServiceSpec service, MatrixCell leg) {
        return service.when().isEmpty()
                || service.when().stream()
                        .anyMatch(values -> leg.values().entrySet().containsAll(values.entrySet()));
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

    private static Set<String> names(List<Step.Build> builds) {
        return builds.stream().map(Step::name).collect(Collectors.toCollection(LinkedHashSet::new));
    }
}
