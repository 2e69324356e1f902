package dev.hearth.core.run;

import dev.hearth.api.ArtifactStatus;
import dev.hearth.api.StepStatus;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Plan;
import dev.hearth.core.plan.Step;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Where the files are that steps have left, and where others find them. */
public record ArtifactLocations(String run, Plan plan, Function<String, StepStatus> statuses) {

    /** What a step's status says of the files that it left; null if it left none. */
    static @Nullable ArtifactStatus left(RunFacts facts, Step step, Observation.Done done) {
        if (step instanceof Step.ArtifactUpload publication) {
            return facts.recorded(publication.of().name())
                    .map(StepStatus::artifact)
                    .flatMap(files -> done.result().map(BuildResult::digest).map(files::as))
                    .orElse(null);
        }
        var files = done.kept().files();
        if (files == null || !step.keepsFiles()) {
            return null;
        }
        return new ArtifactStatus(
                files.digest(),
                files.files(),
                files.kib(),
                claim(facts.run(), step),
                path(step, facts.attempt(step)),
                null,
                facts.inputs(step).orElse(null),
                null);
    }

    private static String claim(String run, Step step) {
        return step instanceof Step.Build ? Names.artifacts(run) : Names.outputs(run);
    }

    /** On the claim; an attempt of a task never finds what an earlier one has left. */
    public static String path(Step step, int attempt) {
        return switch (step) {
            case Step.Build build -> build.artifactPath();
            case Step.Task task ->
                Stream.of(task.spec().name(), task.leg().directory(), String.valueOf(attempt))
                        .filter(part -> !part.isEmpty())
                        .reduce((outer, inner) -> outer + "/" + inner)
                        .orElseThrow();
            case Step.Index _, Step.MatrixReader _, Step.ArtifactUpload _ ->
                throw new IllegalArgumentException(step.name() + " leaves no files");
        };
    }

    /** Files of a step on its volume; a status that has no room says only that there are some. */
    Optional<ArtifactStatus> find(Step step) {
        var status = statuses.apply(step.name());
        return Optional.ofNullable(status.artifact())
                .map(files -> files.claim() != null || files.image() != null
                        ? files
                        : new ArtifactStatus(
                                files.digest(),
                                files.files(),
                                files.kib(),
                                claim(run, step),
                                path(step, status.attempt()),
                                null,
                                files.inputs(),
                                files.reusedFrom()));
    }

    /** What a task mounts. */
    List<ArtifactMount> mounts(Step.Task task) {
        return task.spec().artifacts().stream().flatMap(this::mounts).toList();
    }

    /** The artifact with a task's list; of several platforms or legs the first. */
    Optional<ArtifactMount> mount(Step.MatrixReader listing) {
        return mounts(listing.artifact())
                .filter(mount -> mount.files().isPresent())
                .findFirst();
    }

    private Stream<ArtifactMount> mounts(String artifact) {
        return plan.sources(artifact).stream().map(step -> {
            var path = step.folder().isEmpty() ? artifact : artifact + "/" + step.folder();
            return new ArtifactMount(path, Optional.ofNullable(published(step)));
        });
    }

    private @Nullable ArtifactStatus published(Step step) {
        var name = new Step.ArtifactUpload(step).name();
        var published = plan.steps().stream().anyMatch(it -> it.name().equals(name));
        return published ? statuses.apply(name).artifact() : find(step).orElse(null);
    }
}
