package dev.hearth.core.run;

import dev.hearth.api.Reason;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Step;
import java.util.HashSet;
import java.util.Objects;

/**
 * Chooses the pods that remove artifacts from the volume of tasks which no run names: of each run the first one for each user whose
 * tasks leave artifacts, since only the same user, or root, can remove their files. All pods could, but each needs the list of what
 * runs name. If a pod is created again that was chosen before, another may be chosen too, which does no harm.
 */
record ArtifactSweep(RunFacts facts, RunState state) {

    void choose() {
        var users = new HashSet<String>();
        facts.plan().steps().stream()
                .filter(ArtifactSweep::isConcerned)
                .filter(this::hasPod)
                .map(ArtifactSweep::user)
                .forEach(users::add);
        for (Action.StartTask start : state.starts()) {
            if (isConcerned(start.task()) && users.add(user(start.task()))) {
                state.replace(start, start.sweeping());
            }
        }
    }

    private static boolean isConcerned(Step step) {
        return step instanceof Step.Task && step.keepsFiles();
    }

    /** Whether the step has a pod, or had one. It had none if the artifact is another run's. */
    private boolean hasPod(Step step) {
        var status = state.status(step.name());
        return switch (status.state()) {
            case Running, Failed -> true;
            case Succeeded -> !status.has(Reason.ArtifactReused) && !status.has(Reason.TakenOver);
            case Pending -> facts.alive().contains(Names.pod(facts.run(), step, status.attempt()));
            case Skipped, Cancelled -> false;
        };
    }

    private static String user(Step step) {
        var spec = ((Step.Task) step).spec();
        return spec.podSecurity() + " " + Objects.toString(spec.user(), "");
    }
}
