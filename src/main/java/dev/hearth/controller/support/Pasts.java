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
                status.map(PipelineRunStatus::finishedAt).map(at -> notBefore(run, Instant.parse(at))),
                status.filter(it -> it.phase() == PipelineRunStatus.Phase.Succeeded && it.trust() == Trust.Trusted)
                        .isPresent());
    }

    /** The operator may have recorded it while its clock was behind. */
    private static Instant notBefore(PipelineRun run, Instant finished) {
        var created = Instant.parse(run.getMetadata().getCreationTimestamp());
        return finished.isBefore(created) ? created : finished;
    }
}
