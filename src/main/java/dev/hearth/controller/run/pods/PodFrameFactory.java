package dev.hearth.controller.run.pods;

import dev.hearth.controller.run.context.RunContext;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.core.text.Durations;
import dev.hearth.pod.PodFrame;
import java.time.Duration;
import java.time.Instant;

/** What pods of a run have in common, and how long each may be there. */
final class PodFrameFactory {
    /** How long after a run's time the kubelet ends its pods, if nobody else has. */
    private static final Duration LAST_RESORT = Duration.ofSeconds(30);

    private PodFrameFactory() {}

    static PodFrame of(RunContext view, String name, Duration limit, Instant now) {
        var left = remainingTime(view, now);
        return new PodFrame(
                view.namespace(),
                view.run().getSpec().pipeline(),
                view.name(),
                view.trust(),
                name,
                OwnerReferences.controller(view.run()),
                limit.compareTo(left) < 0 ? limit : left);
    }

    /** The kubelet counts in whole seconds, and says only of the step that it took too long: the run's end comes first. */
    static Duration remainingTime(RunContext view, Instant now) {
        return Duration.between(now, view.deadline()).plus(LAST_RESORT);
    }

    static Duration pending(RunContext view) {
        return Durations.parse(view.spec().pendingTimeout());
    }
}
