package dev.hearth.controller.pipeline;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.Trust;
import dev.hearth.core.forge.CommitStatus;
import dev.hearth.core.forge.RunDescription;
import dev.hearth.core.forge.RunOutcome;
import dev.hearth.core.forge.RunOutcomeBuilder;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.trigger.SupersededRunFinder;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads from runs what their commits show at the forge. */
final class RunOutcomeReader {
    /** Annotation of a finished run: the status that the forge showed last for its commit. */
    static final String REPORTED = "hearth.dev/commit-status";

    private RunOutcomeReader() {}

    /** Returns the results of the runs whose commit is known. */
    static List<RunOutcome> read(Collection<PipelineRun> all) {
        return all.stream().flatMap(run -> result(run).stream()).toList();
    }

    /** Returns the result of a run. Empty as long as its commit is not known. */
    private static Optional<RunOutcome> result(PipelineRun run) {
        var spec = run.getSpec();
        var status = Objects.requireNonNullElse(run.getStatus(), PipelineRunStatus.EMPTY);
        var commit = Optional.ofNullable(status.commit()).or(() -> Optional.ofNullable(spec.commit()));
        var superseded = SupersededRunFinder.isSuperseded(spec);
        return commit.map(it -> RunOutcomeBuilder.builder()
                .name(run.getMetadata().getName())
                .ref(spec.ref())
                .commit(it)
                .trusted(isTrusted(spec.ref(), status.trust()))
                .superseded(superseded)
                .createdAt(Instant.parse(run.getMetadata().getCreationTimestamp()))
                .finishedAt(Optional.ofNullable(status.finishedAt()).map(Instant::parse))
                .status(new CommitStatus(
                        RunOutcome.state(Objects.requireNonNullElse(status.phase(), PipelineRunStatus.Phase.Pending)),
                        RunDescription.of(status, superseded)))
                .reported(Optional.ofNullable(run.getMetadata().getAnnotations())
                        .map(annotations -> annotations.get(REPORTED)))
                .build());
    }

    /** The trust of a run is not known before it begins. Until then pull requests count as untrusted. */
    private static boolean isTrusted(String ref, @Nullable Trust recorded) {
        return recorded == null
                ? switch (GitRef.of(ref).kind()) {
                    case BRANCH, TAG -> true;
                    case PULL_REQUEST, OTHER -> false;
                }
                : recorded == Trust.Trusted;
    }
}
