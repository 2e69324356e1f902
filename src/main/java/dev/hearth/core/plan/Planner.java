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

/** Computes a plan: first builds, then tasks with their matrix cells, in the order of the pipeline's spec. */
final class Planner {
    private final PipelineSpec spec;
    private final PlanContext context;
    private final List<Step> steps = new ArrayList<>();
    /** Names of steps, by the name of the build or task in the spec. */
    private final Map<String, Set<String>> stepNames = new LinkedHashMap<>();

    Planner(PipelineSpec spec, PlanContext context) {
        this.spec = spec;
        this.context = context;
    }

    Plan plan() {
        spec.builds().forEach(this::build);
        // A task may need a task that is listed after it, so all names are collected first.
        var cells = new LinkedHashMap<String, List<Step.Task>>();
        for (TaskSpec task : spec.tasks()) {
            var ofTask = cells(task).stream()
                    .map(cell -> new Step.Task(filled(task, cell), cell, Set.of()))
                    .toList();
            cells.put(task.name(), ofTask);
            if (task.hasComputedMatrix()) {
                addName(task.name(), new Step.MatrixReader(task, Set.of()));
            }
            ofTask.forEach(cell -> addName(task.name(), cell));
        }
        for (TaskSpec task : spec.tasks()) {
            task(task, Objects.requireNonNull(cells.get(task.name())));
        }
        return new Plan(steps);
    }

    private void build(BuildSpec build) {
        var wanted = build.push();
        var withheld = wanted == null ? Optional.<String>empty() : TrustDefaults.withheld(spec, wanted, context.ref());
        var push = withheld.isPresent() ? null : wanted;
        for (VariantSpec variant : variants(build)) {
            var builds = build.platforms().stream()
                    .map(platform -> StepBuildBuilder.builder()
                            .spec(build)
                            .platform(platform)
                            .variant(variant)
                            .push(push)
                            .withheld(withheld)
                            .build())
                    .toList();
            steps.addAll(builds);
            builds.forEach(step -> addName(build.name(), step));
            builds.forEach(this::addUpload);
            if (push != null && hasIndex(build, push)) {
                var index = new Step.Index(build, variant, push, names(builds));
                steps.add(index);
                addName(build.name(), index);
            }
        }
    }

    private void task(TaskSpec task, List<Step.Task> cells) {
        var needs = Stream.concat(task.artifacts().stream(), task.needs().stream())
                .flatMap(need -> stepNames.getOrDefault(need, Set.of()).stream())
                .collect(Collectors.toCollection(LinkedHashSet::new));
        var image = task.imageFrom();
        if (image != null) {
            needs.add(Step.title(image.build(), image.variant()) + "/" + image.platform());
        }
        if (task.hasComputedMatrix()) {
            var reader = new Step.MatrixReader(task, Collections.unmodifiableSet(new LinkedHashSet<>(needs)));
            steps.add(reader);
            needs.add(reader.name());
        }
        for (Step.Task cell : cells) {
            var step = new Step.Task(cell.spec(), cell.cell(), Collections.unmodifiableSet(needs));
            steps.add(step);
            addUpload(step);
        }
    }

    /** Adds the upload of a step's artifact, if artifacts are stored in a registry. */
    private void addUpload(Step step) {
        if (step.keepsFiles() && spec.artifacts().store() == ArtifactsSpec.Store.Registry) {
            steps.add(new Step.ArtifactUpload(step));
        }
    }

    private void addName(String name, Step step) {
        var all = stepNames.computeIfAbsent(name, _ -> new LinkedHashSet<>());
        all.add(step.name());
        if (step.keepsFiles() && spec.artifacts().store() == ArtifactsSpec.Store.Registry) {
            all.add(new Step.ArtifactUpload(step).name());
        }
    }

    private List<MatrixCell> cells(TaskSpec task) {
        var computed = context.matrices().get(task.name());
        return computed == null ? MatrixExpansion.listed(task) : MatrixExpansion.distinct(computed);
    }

    private TaskSpec filled(TaskSpec task, MatrixCell cell) {
        var values = context.values(cell, Objects.requireNonNullElse(task.shards(), 0));
        return task.filled(
                text -> Template.fill(text, values),
                task.services().stream().filter(service -> isFor(service, cell)).toList());
    }

    private static boolean isFor(ServiceSpec service, MatrixCell cell) {
        return service.when().isEmpty()
                || service.when().stream()
                        .anyMatch(values -> cell.values().entrySet().containsAll(values.entrySet()));
    }

    /** Returns a list with one null for a build without variants, which has one solve. */
    private static List<@Nullable VariantSpec> variants(BuildSpec build) {
        return build.variants().isEmpty()
                ? Collections.singletonList(null)
                : new ArrayList<@Nullable VariantSpec>(build.variants());
    }

    private static boolean hasIndex(BuildSpec build, PushSpec push) {
        return !push.tags().isEmpty() || build.platforms().size() > 1;
    }

    private static Set<String> names(List<Step.Build> builds) {
        return builds.stream().map(Step::name).collect(Collectors.toCollection(LinkedHashSet::new));
    }
}
