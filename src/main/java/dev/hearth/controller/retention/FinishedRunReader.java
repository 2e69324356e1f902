package dev.hearth.controller.retention;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.retention.RunHistory.End;
import dev.hearth.core.retention.RunHistory.Run;
import java.time.Instant;
import java.util.Optional;

/** Runs as their history sees them. */
public final class FinishedRunReader {
    private FinishedRunReader() {}

    public static Run of(PipelineRun run) {
        var status = Optional.ofNullable(run.getStatus());
        return new Run(
                run.getMetadata().getName(),
                GitRef.of(run.getSpec().ref()),
                status.map(PipelineRunStatus::trust),
                status.map(PipelineRunStatus::finishedAt).map(at -> notBefore(run, Instant.parse(at))),
                status.map(PipelineRunStatus::phase).flatMap(FinishedRunReader::end));
    }

    private static Optional<End> end(PipelineRunStatus.Phase phase) {
        return switch (phase) {
            case Succeeded -> Optional.of(End.SUCCEEDED);
            case Failed -> Optional.of(End.FAILED);
            case Cancelled -> Optional.of(End.CANCELLED);
            case Pending, Running -> Optional.empty();
        };
    }

    /** The operator may have recorded it while its clock was behind. */
    private static Instant notBefore(PipelineRun run, Instant finished) {
        var created = Instant.parse(run.getMetadata().getCreationTimestamp());
        return finished.isBefore(created) ? created : finished;
    }
}
