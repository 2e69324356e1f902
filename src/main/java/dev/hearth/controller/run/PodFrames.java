package dev.hearth.controller.run;

import dev.hearth.controller.support.Owners;
import dev.hearth.core.plan.Durations;
import dev.hearth.pod.PodFrame;
import java.time.Duration;
import java.time.Instant;

/** What pods of a run have in common, and how long each may be there. */
final class PodFrames {
    /** How long after a run's time the kubelet ends its pods, if nobody else has. */
    private static final Duration LAST_RESORT = Duration.ofSeconds(30);

    private PodFrames() {}

    static PodFrame of(RunView view, String name, Duration limit, Instant now) {
        var left = left(view, now);
        return new PodFrame(
                view.namespace(),
                view.run().getSpec().pipeline(),
                view.name(),
                view.trust(),
                name,
                Owners.controller(view.run()),
                limit.compareTo(left) < 0 ? limit : left);
    }

    /** The kubelet counts in whole seconds, and says only of the step that it took too long: the run's end comes first. */
    static Duration left(RunView view, Instant now) {
        return Duration.between(now, view.deadline()).plus(LAST_RESORT);
    }

    static Duration pending(RunView view) {
        return Durations.parse(view.spec().pendingTimeout());
    }
}
