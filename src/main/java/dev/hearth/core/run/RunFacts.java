package dev.hearth.core.run;

import dev.hearth.api.BuiltCompletely;
import dev.hearth.api.OperatingSystem;
import dev.hearth.api.StepStatus;
import dev.hearth.core.isolation.UserNamespaceDecider;
import dev.hearth.core.plan.ArtifactKeys;
import dev.hearth.core.plan.Plan;
import dev.hearth.core.plan.Step;
import dev.hearth.core.status.StatusReason;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Everything that a decision about a run depends on.
 *
 * @param recorded the steps of the run's status, by name; a final state there does not change
 * @param observed what the cluster shows, by step name; a step that is missing is {@link Observation.Absent}
 * @param volumes cache volumes, by platform
 * @param unavailableTaskCaches why the volume for caches and artifacts of tasks cannot be used, by operating system; those that are missing can
 *     be used
 * @param volumeUids uids of the claims of volumes with artifacts, by name: an artifact on a volume that is not among them is lost
 * @param matrices cells of computed matrices that are a part of the plan, by task
 * @param inputs hash of the repository's files that decide each artifact, by build or task
 * @param userNamespaces decides whether pods of tasks have user namespaces
 * @param takenPods names of pods that the run has taken instead of creating its own, by the names of those
 * @param alive names of the run's pods that have not ended; a taken pod has the name of the one that it replaces
 * @param cancellation why the run is cancelled; empty if it is not
 * @param deadline when the run times out
 */
@BuiltCompletely
public record RunFacts(
        String run,
        Plan plan,
        Map<String, StepStatus> recorded,
        Map<String, Observation> observed,
        Map<String, VolumeState> volumes,
        Map<OperatingSystem, UnavailableVolume> unavailableTaskCaches,
        Map<String, String> volumeUids,
        Map<String, List<Map<String, String>>> matrices,
        Map<String, String> inputs,
        UserNamespaceDecider userNamespaces,
        Map<String, String> takenPods,
        Set<String> alive,
        Limits limits,
        Optional<StatusReason> cancellation,
        Instant deadline,
        Instant now)
        implements RunFactsBuilder.With {

    public RunFacts {
        recorded = Map.copyOf(recorded);
        observed = Map.copyOf(observed);
        volumes = Map.copyOf(volumes);
        unavailableTaskCaches = Map.copyOf(unavailableTaskCaches);
        volumeUids = Map.copyOf(volumeUids);
        matrices = Map.copyOf(matrices);
        inputs = Map.copyOf(inputs);
        takenPods = Map.copyOf(takenPods);
        alive = Set.copyOf(alive);
    }

    /**
     * Limits of a run.
     *
     * @param tasksAtOnce pods of tasks at a time, so that a large matrix overwhelms neither API server nor scheduler
     * @param infrastructureRetries retries of one step after failures of the infrastructure
     */
    public record Limits(int tasksAtOnce, int infrastructureRetries) {}

    /**
     * Why a volume for caches and artifacts of tasks cannot be used.
     *
     * @param permanent whether this lasts until something is changed
     */
    public record UnavailableVolume(StatusReason why, boolean permanent) {}

    /** Returns the artifact key of a step. Empty if it has none. */
    public Optional<String> inputs(Step step) {
        return new ArtifactKeys(plan, inputs).find(step);
    }

    /** Returns the current attempt of a step, counted from 1. */
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
