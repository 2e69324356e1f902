package dev.hearth.core.run;

import dev.hearth.api.ArtifactStatus;
import dev.hearth.api.ArtifactStatusBuilder;
import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus;
import dev.hearth.core.plan.Step;
import dev.hearth.core.status.StatusReason;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Finds the artifacts that steps of a run have produced. */
record ArtifactFinder(RunFacts facts, RunState state) {

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
        var artifact = ArtifactStatusBuilder.builder()
                .digest(files.digest())
                .files(files.files())
                .kib(files.kib())
                .inputs(facts.inputs(step).orElse(null))
                .build();
        return files.location() == null ? artifact : files.location().in(artifact);
    }

    /** Returns where the artifact of a step is. Empty if it has none. */
    Optional<ArtifactStatus> find(Step step) {
        return Optional.ofNullable(state.status(step.name()).artifact());
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

    /** Returns why artifacts cannot be mounted: their volume does not exist any more. Empty if they can be. */
    Optional<StatusReason> lost(List<ArtifactMount> mounts) {
        return mounts.stream()
                .flatMap(mount -> mount.files().stream())
                .flatMap(artifact -> lost(artifact).stream())
                .findFirst()
                .map(why -> new StatusReason(Reason.ArtifactLost, why));
    }

    private Optional<String> lost(ArtifactStatus artifact) {
        if (artifact.image() != null) {
            return Optional.empty();
        }
        if (artifact.claim() == null || artifact.path() == null) {
            return Optional.of(
                    "an earlier version of Hearth has left the artifact and recorded no volume: start the run again");
        }
        return artifact.onCacheVolume()
                        && !Objects.equals(
                                artifact.claimUid(), facts.volumeUids().get(artifact.claim()))
                ? Optional.of("the volume " + artifact.claim() + " with the artifact was deleted")
                : Optional.empty();
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
}
