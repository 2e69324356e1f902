package dev.hearth.core.run;

import dev.hearth.api.ArtifactStatus;
import dev.hearth.api.ArtifactStatusBuilder;
import dev.hearth.api.StepStatus;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Step;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Finds the artifacts that steps of a run have produced. */
record ArtifactLocations(RunFacts facts, RunState state) {

    /** Returns the artifact of a step that has succeeded, for its status. Null if it has none. */
    static @Nullable ArtifactStatus produced(RunFacts facts, Step step, Observation.Done done) {
        if (step instanceof Step.ArtifactUpload upload) {
            return facts.recorded(upload.of().name())
                    .map(StepStatus::artifact)
                    .flatMap(files -> done.result().map(BuildResult::digest).map(files::withImage))
                    .orElse(null);
        }
        var files = done.kept().files();
        if (files == null || !step.keepsFiles()) {
            return null;
        }
        return ArtifactStatusBuilder.builder()
                .digest(files.digest())
                .files(files.files())
                .kib(files.kib())
                .claim(claim(facts.run(), step))
                .path(path(step, facts.attempt(step)))
                .inputs(facts.inputs(step).orElse(null))
                .build();
    }

    /** Returns where the artifact of a step is. Empty if it has none. */
    Optional<ArtifactStatus> find(Step step) {
        return recorded(facts.run(), step, state.status(step.name()));
    }

    /** Returns where a run has left the artifact of a step. Empty if it has none. A trimmed status has no claim and path. */
    static Optional<ArtifactStatus> recorded(String run, Step step, StepStatus status) {
        return Optional.ofNullable(status.artifact())
                .map(files -> files.claim() != null || files.image() != null
                        ? files
                        : files.with()
                                .claim(claim(run, step))
                                .path(path(step, status.attempt()))
                                .build());
    }

    /** Returns the artifacts that a task mounts. */
    List<ArtifactMount> mounts(Step.Task task) {
        return task.spec().artifacts().stream().flatMap(this::mounts).toList();
    }

    /** Returns the artifact with the file of a matrix, the first one if several platforms or cells have it. */
    Optional<ArtifactMount> mount(Step.MatrixReader reader) {
        return mounts(reader.artifact())
                .filter(mount -> mount.files().isPresent())
                .findFirst();
    }

    private Stream<ArtifactMount> mounts(String artifact) {
        return facts.plan().sources(artifact).stream().map(step -> {
            var path = step.folder().isEmpty() ? artifact : artifact + "/" + step.folder();
            return new ArtifactMount(path, Optional.ofNullable(mountable(step)));
        });
    }

    private @Nullable ArtifactStatus mountable(Step step) {
        var upload = new Step.ArtifactUpload(step).name();
        var isUploaded = facts.plan().steps().stream().anyMatch(it -> it.name().equals(upload));
        return isUploaded ? state.status(upload).artifact() : find(step).orElse(null);
    }

    private static String claim(String run, Step step) {
        return step instanceof Step.Build ? Names.artifacts(run) : Names.outputs(run);
    }

    private static String path(Step step, int attempt) {
        return switch (step) {
            case Step.Build build -> build.artifactPath();
            case Step.Task task -> task.artifactPath(attempt);
            case Step.Index _, Step.MatrixReader _, Step.ArtifactUpload _ ->
                throw new IllegalArgumentException("step " + step.name() + " has no artifact");
        };
    }
}
