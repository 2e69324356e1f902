package dev.hearth.controller.support;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.Trust;
import dev.hearth.core.run.RunHistory.Past;
import java.time.Instant;
import java.util.Optional;

/** Runs as their history sees them. */
public final class Pasts {
    private Pasts() {}

    public static Past of(PipelineRun run) {
        var status = Optional.ofNullable(run.getStatus());
        return new Past(
                run.getMetadata().getName(),
                status.map(PipelineRunStatus::finishedAt).map(Instant::parse),
                status.filter(it -> it.phase() == PipelineRunStatus.Phase.Succeeded && it.trust() == Trust.Trusted)
                        .isPresent());
    }
}
