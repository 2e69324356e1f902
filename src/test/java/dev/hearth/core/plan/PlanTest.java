package dev.hearth.core.plan;

import static dev.hearth.core.Specs.build;
import static dev.hearth.core.Specs.pipeline;
import static dev.hearth.core.Specs.push;
import static dev.hearth.core.Specs.task;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.BuildSpecBuilder;
import dev.hearth.api.VariantSpec;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.validation.DependencyCycle;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlanTest {
    private static final GitRef MAIN = GitRef.of("refs/heads/main");

    @Test
    void solvesEachVariantAndPlatformAndPublishesLast() {
        // Given
        var image = BuildSpecBuilder.builder()
                .name("image")
                .dockerfile("Dockerfile")
                .context("")
                .target("")
                .artifact(false)
                .platforms(List.of("linux/amd64", "linux/arm/v7"))
                .variants(List.of(new VariantSpec("minimal", "", ""), new VariantSpec("duckdb", "full", "-duckdb")))
                .push(push("main"))
                .build();

        // When
        var plan = Plan.of(pipeline(List.of(image), List.of(task("after", List.of("image"), List.of()))), MAIN);

        // Then
        assertThat(plan.steps())
                .extracting(Step::name)
                .containsExactly(
                        "image.minimal/linux/amd64",
                        "image.minimal/linux/arm/v7",
                        "image.minimal/index",
                        "image.duckdb/linux/amd64",
                        "image.duckdb/linux/arm/v7",
                        "image.duckdb/index",
                        "after");
        assertThat(plan.buildsFor("linux/arm/v7"))
                .extracting(Step.Build::container, Step.Build::target)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("image--minimal", "minimal"),
                        org.assertj.core.groups.Tuple.tuple("image--duckdb", "full"));
        assertThat(plan.steps().get(5).needs())
                .containsExactly("image.duckdb/linux/amd64", "image.duckdb/linux/arm/v7");
        assertThat(((Step.Index) plan.steps().get(5)).tags()).containsExactly("main-duckdb");
        assertThat(plan.steps().getLast().needs()).hasSize(6).contains("image.minimal/index");
    }

    @Test
    void pullRequestBuildsTheSameAndPushesNothing() {
        var spec = pipeline(List.of(build("image", push("main"))), List.of());

        var plan = Plan.of(spec, GitRef.of("refs/pull/7/head"));

        assertThat(plan.steps()).extracting(Step::name).containsExactly("image/linux/amd64");
        assertThat(plan.builds()).allSatisfy(step -> assertThat(step.push()).isNull());
    }

    @Test
    void refOfAnUnknownKindIsNotTrusted() {
        var spec = pipeline(List.of(build("image", push("main"))), List.of());

        assertThat(Plan.of(spec, GitRef.of("refs/pull/main/heads")).steps()).hasSize(1);
    }

    @Test
    void taskNeedsTheBuildsOfItsArtifacts() {
        var spec = pipeline(
                List.of(build("tests", null)),
                List.of(task("unit", List.of(), List.of("tests")), task("late", List.of("unit"), List.of())));

        var plan = Plan.of(spec, MAIN);

        assertThat(plan.steps().get(1).needs()).containsExactly("tests/linux/amd64");
        assertThat(plan.steps().get(2).needs()).containsExactly("unit");
    }

    @Test
    void findsDependencyCycles() {
        var circle = List.of(
                task("a", List.of(), List.of()),
                task("b", List.of("a", "d"), List.of()),
                task("c", List.of("b"), List.of()),
                task("d", List.of("c"), List.of()));

        assertThat(DependencyCycle.in(circle)).hasValue(List.of("b", "d", "c", "b"));
        assertThat(DependencyCycle.in(circle.subList(0, 3))).isEmpty();
    }
}
