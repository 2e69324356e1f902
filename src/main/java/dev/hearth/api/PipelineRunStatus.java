package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** State of a run. It does not change once {@code finishedAt} is set. */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
public record PipelineRunStatus(
        @JsonPropertyDescription("metadata.generation that this status was computed from.") @Nullable
        Long observedGeneration,

        @JsonPropertyDescription("Pending, Running, Succeeded, Skipped, Failed or Cancelled.") @Nullable
        Phase phase,

        @JsonPropertyDescription("Number of finished steps, of all steps.") @Nullable
        String progress,

        @JsonPropertyDescription("Build steps found in the cache, of all cacheable build steps.") @Nullable
        String cached,

        @JsonPropertyDescription("Commit of the run.") @Nullable
        String commit,

        @JsonPropertyDescription("Trusted or Untrusted. Computed from the ref and the recorded pipelineSpec.") @Nullable
        Trust trust,

        @JsonPropertyDescription("Recipe hash: a hash of the files that decide the dependencies.") @Nullable
        String recipe,

        @JsonPropertyDescription("Trusted refs whose caches can seed this commit, best first.")
        List<String> seedRefs,

        @JsonPropertyDescription("The approval that the run waits for.") @Nullable
        ApprovalRequest approval,

        @JsonPropertyDescription(
                "What the files of a run were compared with that was skipped for the paths it changes.")
        @Nullable
        Comparison comparedWith,

        @JsonPropertyDescription("The file that lists the builds and tasks, if it is in the repository.") @Nullable
        DefinitionStatus definition,

        @JsonPropertyDescription(
                "The pipeline's spec as it was when the run started, with the builds and tasks of the definition.")
        @Nullable
        PipelineSpec pipelineSpec,

        @JsonPropertyDescription("Hashes of the inputs of artifacts, by build or task.")
        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        Map<String, String> inputs,

        @JsonPropertyDescription("Matrix cells that were read from files, by task.")
        @Size(max = 64)
        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        Map<
                        @Size(max = SchemaPatterns.NAME_LENGTH) String,
                        @Size(max = 256) List<@Size(max = 8) Map<@Size(max = 64) String, @Size(max = 256) String>>>
                matrices,

        @JsonPropertyDescription(
                "Path at the operator's HTTPS service with the logs and report files of the run. They are"
                        + " kept until the run is deleted.")
        @Nullable
        String results,

        @JsonPropertyDescription(
                "Run of the branch's merge queue at the same commit from which the steps with reason TakenOver"
                        + " were taken over.")
        @Nullable
        String takenOverFrom,

        @Size(max = 64)
        @JsonPropertyDescription("UID of that run, which a later run of the same name does not have.")
        @Nullable
        String takenOverFromUid,

        @Pattern(SchemaPatterns.TIME)
        @Size(max = SchemaPatterns.TIME_LENGTH)
        @JsonPropertyDescription(
                "While the run waits: when it began to wait for its turn, if it had waited before for an approval or for"
                        + " its pull request. Its age in the queue counts from then, and that of other runs from their"
                        + " creation.")
        @Nullable
        String queuedAt,

        @Pattern(SchemaPatterns.TIME)
        @Size(max = SchemaPatterns.TIME_LENGTH)
        @JsonPropertyDescription("When the run started, after it had waited for the concurrency limit.")
        @Nullable
        String startedAt,

        @Pattern(SchemaPatterns.TIME)
        @Size(max = SchemaPatterns.TIME_LENGTH)
        @JsonPropertyDescription("When the run ended.")
        @Nullable
        String finishedAt,

        @JsonPropertyDescription(
                "Folder of the artifacts whose step shows no claim. Only the status of a run with very many steps has it.")
        @Nullable
        ArtifactFolder artifactFolder,

        @JsonPropertyDescription("Steps of the run.") List<StepStatus> steps,

        @JsonPropertyDescription(
                "Ready, Reconciling, Stalled and Succeeded. UserNamespaces says whether the pods of tasks"
                        + " had a user namespace of their own. CacheDegraded and CacheRegression report problems with"
                        + " a cache.")
        List<Condition> conditions)
        implements HearthStatus {

    /** The status of a run that was not reconciled yet. */
    public static final PipelineRunStatus EMPTY =
            PipelineRunStatusBuilder.builder().build();

    public PipelineRunStatus {
        seedRefs = List.copyOf(orElse(seedRefs, List.of()));
        inputs = Map.copyOf(orElse(inputs, Map.of()));
        matrices = Map.copyOf(orElse(matrices, Map.of()));
        steps = List.copyOf(orElse(steps, List.of()));
        conditions = List.copyOf(orElse(conditions, List.of()));
    }

    /** Returns the steps, each with the whole place of its artifact. */
    public List<StepStatus> stepsWithPlaces() {
        return artifactFolder == null
                ? steps
                : steps.stream()
                        .map(step -> step.artifact() == null
                                ? step
                                : step.withArtifact(step.artifact().orIn(artifactFolder)))
                        .toList();
    }

    /** Phase of a run. The last four are final. */
    public enum Phase {
        Pending,
        Running,
        Succeeded,
        /** Nothing was run, since the pipeline's triggers say that the commit needs no run. It counts as a success. */
        Skipped,
        Failed,
        Cancelled
    }
}
