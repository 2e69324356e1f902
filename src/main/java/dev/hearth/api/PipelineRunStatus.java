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

/** State of a run. Once {@code finishedAt} is set nothing in it changes any more. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record PipelineRunStatus(
        @JsonPropertyDescription("metadata.generation that this status was computed from.") @Nullable
        Long observedGeneration,

        @JsonPropertyDescription("Pending, Running, Succeeded, Failed or Cancelled.") @Nullable
        Phase phase,

        @JsonPropertyDescription("Steps that ended, of all steps.") @Nullable
        String progress,

        @JsonPropertyDescription("Build steps found in the cache, of all that could be.") @Nullable
        String cached,

        @JsonPropertyDescription("The commit that runs.") @Nullable
        String commit,

        @JsonPropertyDescription("Trusted or Untrusted, as the ref is by the frozen spec.") @Nullable
        Trust trust,

        @JsonPropertyDescription("Hash of the files that decide the dependencies.") @Nullable
        String recipe,

        @JsonPropertyDescription("Trusted refs whose caches suit this commit, best first.")
        List<String> seedRefs,

        @JsonPropertyDescription("The pipeline's spec as it was when the run started.") @Nullable
        PipelineSpec pipelineSpec,

        @JsonPropertyDescription("Hashes of what decides each artifact, by build or task.")
        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        Map<String, String> inputs,

        @JsonPropertyDescription("Legs of the tasks whose matrix was computed, by task.")
        @Size(max = 64)
        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        Map<
                        @Size(max = SchemaPatterns.NAME_LENGTH) String,
                        @Size(max = 256) List<@Size(max = 8) Map<@Size(max = 64) String, @Size(max = 256) String>>>
                matrices,

        @JsonPropertyDescription(
                "Where logs and report files are, until the run is deleted: path at the operator's HTTP service.")
        @Nullable
        String results,

        @Pattern(SchemaPatterns.TIME)
        @Size(max = SchemaPatterns.TIME_LENGTH)
        @JsonPropertyDescription("When the run started: its turn had come.")
        @Nullable
        String startedAt,

        @Pattern(SchemaPatterns.TIME)
        @Size(max = SchemaPatterns.TIME_LENGTH)
        @JsonPropertyDescription("When the last step ended.")
        @Nullable
        String finishedAt,

        @JsonPropertyDescription("Every step of the run.") List<StepStatus> steps,

        @JsonPropertyDescription(
                "Ready, Reconciling, Stalled and Succeeded; UserNamespaces says whether all pods of tasks have had one of their own, and CacheDegraded and CacheRegression what was wrong with a cache.")
        List<Condition> conditions)
        implements HearthStatus {

    /** Of a run that nobody has looked at yet. */
    public static final PipelineRunStatus EMPTY = new PipelineRunStatus(
            null, null, null, null, null, null, null, List.of(), null, Map.of(), Map.of(), null, null, null, List.of(),
            List.of());

    public PipelineRunStatus {
        seedRefs = List.copyOf(orElse(seedRefs, List.of()));
        inputs = Map.copyOf(orElse(inputs, Map.of()));
        matrices = Map.copyOf(orElse(matrices, Map.of()));
        steps = List.copyOf(orElse(steps, List.of()));
        conditions = List.copyOf(orElse(conditions, List.of()));
    }

    /** Where a run stands; the last three are final. */
    public enum Phase {
        Pending,
        Running,
        Succeeded,
        Failed,
        Cancelled
    }
}
