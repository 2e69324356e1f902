package dev.hearth.core.run;

import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Step;
import java.util.Optional;

/** Which pod a step runs in. */
public final class StepPodName {
    private StepPodName() {}

    /**
     * Its name; an index has none.
     *
     * @param attempt counted from 1
     */
    public static Optional<String> name(String run, Step step, int attempt) {
        return switch (step) {
            case Step.Build build -> Optional.of(Names.buildPod(run, build.platform(), attempt));
            case Step.Task task -> Optional.of(Names.taskPod(run, task.spec().name(), task.leg(), attempt));
            case Step.MatrixReader listing -> Optional.of(Names.matrixReaderPod(run, listing.name(), attempt));
            case Step.ArtifactUpload publication ->
                Optional.of(Names.artifactUploadPod(run, publication.of().name(), attempt));
            case Step.Index _ -> Optional.empty();
        };
    }
}
