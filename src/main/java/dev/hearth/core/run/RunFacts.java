package dev.hearth.core.run;

import dev.hearth.api.StepStatus;
import dev.hearth.core.plan.Plan;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * All that a decision about a run is made from.
 *
 * @param recorded the steps of the run's status, by name; what is final there stays so
 * @param observed what the cluster shows, by step name; a missing one is absent
 * @param volumes cache volumes, by platform
 * @param deadline when the run as a whole has to be over
 */
public record RunFacts(
        String run,
        Plan plan,
        Map<String, StepStatus> recorded,
        Map<String, Observation> observed,
        Map<String, VolumeState> volumes,
        boolean cancelRequested,
        Instant deadline,
        Instant now) {

    public RunFacts {
        recorded = Map.copyOf(recorded);
        observed = Map.copyOf(observed);
        volumes = Map.copyOf(volumes);
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
