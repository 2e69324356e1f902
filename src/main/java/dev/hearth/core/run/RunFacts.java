package dev.hearth.core.run;

import dev.hearth.api.OperatingSystem;
import dev.hearth.api.StepStatus;
import dev.hearth.core.isolation.UserNamespaceDecider;
import dev.hearth.core.plan.ArtifactKeys;
import dev.hearth.core.plan.Plan;
import dev.hearth.core.plan.Step;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * All that a decision about a run is made from.
 *
 * @param recorded the steps of the run's status, by name; what is final there stays so
 * @param observed what the cluster shows, by step name; a missing one is absent
 * @param volumes cache volumes, by platform
 * @param missing operating systems whose volume for the directories of tasks is not there
 * @param matrices legs that are a part of the plan since they were found out, by task
 * @param inputs hash of the repository's files that decide each artifact, by build or task
 * @param users what decides whether pods of tasks have user namespaces
 * @param alive pods of the run that have not ended
 * @param limits how much it may do at a time, and try again
 * @param deadline when the run as a whole has to be over
 */
public record RunFacts(
        String run,
        Plan plan,
        Map<String, StepStatus> recorded,
        Map<String, Observation> observed,
        Map<String, VolumeState> volumes,
        Map<OperatingSystem, UnavailableVolume> missing,
        Map<String, List<Map<String, String>>> matrices,
        Map<String, String> inputs,
        UserNamespaceDecider users,
        Set<String> alive,
        Limits limits,
        boolean cancelRequested,
        Instant deadline,
        Instant now) {

    public RunFacts {
        recorded = Map.copyOf(recorded);
        observed = Map.copyOf(observed);
        volumes = Map.copyOf(volumes);
        missing = Map.copyOf(missing);
        matrices = Map.copyOf(matrices);
        inputs = Map.copyOf(inputs);
        alive = Set.copyOf(alive);
    }

    /**
     * What a run may do.
     *
     * @param tasksAtOnce pods of tasks at a time, so that a large matrix overwhelms neither API server nor scheduler
     * @param infrastructureRetries attempts of one step that may be lost through no fault of its own
     */
    public record Limits(int tasksAtOnce, int infrastructureRetries) {}

    /** What decides the files that a step leaves: other runs whose steps have the same left the same. */
    public Optional<String> inputs(Step step) {
        return new ArtifactKeys(plan, inputs).find(step);
    }

    /** Which attempt a step is at, counted from 1. */
    public int attempt(Step step) {
        return recorded(step.name()).map(StepStatus::attempt).orElse(1);
    }

    public Optional<StepStatus> recorded(String step) {
        return Optional.ofNullable(recorded.get(step));
    }

    public Observation observed(String step) {
        return observed.getOrDefault(step, new Observation.Absent());
    }

    public boolean overdue() {
        return !now.isBefore(deadline);
    }
}
