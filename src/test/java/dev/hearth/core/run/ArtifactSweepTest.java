package dev.hearth.core.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.StepStatus;
import dev.hearth.api.UserNamespaceMode;
import dev.hearth.core.Specs;
import dev.hearth.core.isolation.UserNamespaceDecider;
import dev.hearth.core.plan.Plan;
import dev.hearth.core.plan.PlanContext;
import dev.hearth.core.ref.GitRef;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which pods of a run remove artifacts that no run names. */
class ArtifactSweepTest {
    private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");
    private static final String FILES = "artifact: {path: /out}\npodSecurity: Restricted\n";
    private static final Plan PLAN = Plan.of(
            Specs.pipeline(
                    List.of(),
                    List.of(
                            Specs.task("lint", ""),
                            Specs.task("a", FILES),
                            Specs.task("b", FILES + "user: 7"),
                            Specs.task("c", FILES),
                            Specs.task("d", FILES + "user: 7"),
                            Specs.task("e", FILES + "needs: [lint]"))),
            new PlanContext(GitRef.of("refs/heads/main"), "0".repeat(40), "run", Map.of()));

    @Test
    void firstOfEachUserIsChosen() {
        assertThat(sweeping(List.of(), Set.of())).containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void noneIsChosenOnceOneHasAPod() {
        assertThat(sweeping(List.of("{name: c, state: Succeeded}", "{name: b, state: Failed}"), Set.of()))
                .isEmpty();
        assertThat(sweeping(List.of("{name: c, state: Pending, reason: Starting}"), Set.of("hearth-run-task-c")))
                .containsExactly("b");
    }

    @Test
    void taskWhoseArtifactIsAnotherRunsHasNone() {
        assertThat(sweeping(
                        List.of(
                                "{name: a, state: Succeeded, reason: ArtifactReused}",
                                "{name: c, state: Succeeded, reason: TakenOver}",
                                "{name: lint, state: Succeeded}"),
                        Set.of()))
                .containsExactlyInAnyOrder("b", "e");
    }

    /** If the operator ends before it has created a pod, it chooses the same. */
    @Test
    void theSameIsChosenAgain() {
        assertThat(sweeping(
                        List.of(
                                "{name: a, state: Pending, reason: Starting}",
                                "{name: c, state: Pending, reason: Starting}"),
                        Set.of()))
                .containsExactlyInAnyOrder("a", "b");
    }

    private static List<String> sweeping(List<String> recorded, Set<String> alive) {
        var facts = RunFactsBuilder.builder()
                .run("run")
                .plan(PLAN)
                .recorded(recorded.stream()
                        .map(yaml -> Serialization.unmarshal(
                                yaml.replaceAll("[{}]", "").replace(", ", "\n"), StepStatus.class))
                        .collect(Collectors.toMap(StepStatus::name, step -> step)))
                .observed(alive.stream()
                        .collect(Collectors.toMap(
                                pod -> pod.substring(pod.lastIndexOf('-') + 1), _ -> new Observation.Running(NOW))))
                .volumes(Map.of())
                .unavailableTaskCaches(Map.of())
                .volumeUids(Map.of())
                .matrices(Map.of())
                .inputs(Map.of())
                .userNamespaces(new UserNamespaceDecider(UserNamespaceMode.Never, Optional.empty(), false))
                .takenPods(Map.of())
                .alive(alive)
                .limits(new RunFacts.Limits(32, 2))
                .cancellation(Optional.empty())
                .deadline(NOW.plusSeconds(60))
                .now(NOW)
                .build();
        return RunDecider.decide(facts).actions().stream()
                .flatMap(action -> action instanceof Action.StartTask start ? Stream.of(start) : Stream.empty())
                .filter(Action.StartTask::sweeps)
                .map(start -> start.task().name())
                .toList();
    }
}
