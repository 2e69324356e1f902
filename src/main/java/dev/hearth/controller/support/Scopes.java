package dev.hearth.controller.support;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.core.plan.Names;
import dev.hearth.core.trust.Ref;
import dev.hearth.core.trust.RefFilter;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.util.Optional;

/** Which scope a run belongs to. */
public final class Scopes {
    private Scopes() {}

    /** Empty until the run's spec is frozen, which says what is trusted. */
    public static Optional<ResourceID> of(PipelineRun run) {
        return Optional.ofNullable(run.getStatus())
                .map(PipelineRunStatus::frozen)
                .map(spec -> new ResourceID(
                        Names.scope(
                                run.getSpec().pipeline(),
                                run.getSpec().ref(),
                                RefFilter.trust(
                                        spec.trusted(), Ref.of(run.getSpec().ref()))),
                        run.getMetadata().getNamespace()));
    }
}
