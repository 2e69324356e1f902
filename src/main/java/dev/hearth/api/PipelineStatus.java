package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The observed state of a {@link Pipeline}. A failed run does not make the pipeline unready. */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
public record PipelineStatus(
        @JsonPropertyDescription("metadata.generation that this status was computed from.") @Nullable
        Long observedGeneration,

        @JsonPropertyDescription("Number of refs that the triggers match.") @Nullable
        Integer refs,

        @JsonPropertyDescription("Full name of the default branch, which the repository's HEAD names.") @Nullable
        String defaultBranch,

        @JsonPropertyDescription("The newest run.") @Nullable
        LastRun lastRun,

        @JsonPropertyDescription("Number of runs that are active: they have started and not finished.")
        @JsonInclude(JsonInclude.Include.NON_DEFAULT)
        int activeRuns,

        @JsonPropertyDescription("Number of runs that wait for other runs to finish.")
        @JsonInclude(JsonInclude.Include.NON_DEFAULT)
        int waitingRuns,

        @JsonPropertyDescription("The runs that would start if the pipeline were not suspended.") @Nullable
        StartPreview preview,

        @Size(max = 8) @JsonPropertyDescription("State of the schedules.") @JsonInclude(JsonInclude.Include.NON_EMPTY)
        List<ScheduleStatus> schedules,

        @JsonPropertyDescription("Tests that were flaky in the last runs, the most frequent first.")
        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        List<FlakyTest> flaky,

        @Size(max = 20)
        @JsonPropertyDescription("The last webhook deliveries, the newest last.")
        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        List<WebhookDelivery> deliveries,

        @JsonPropertyDescription(
                "Ready, Reconciling and Stalled, as kstatus reads them; Degraded says what does not work,"
                        + " TokenExpiring that the token of the forge expires soon.")
        List<Condition> conditions)
        implements HearthStatus {

    public PipelineStatus {
        schedules = List.copyOf(orElse(schedules, List.of()));
        flaky = List.copyOf(orElse(flaky, List.of()));
        deliveries = List.copyOf(orElse(deliveries, List.of()));
        conditions = List.copyOf(orElse(conditions, List.of()));
    }

    /** A summary of the newest run. */
    @BuiltByName
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record LastRun(
            @JsonPropertyDescription("Name of the PipelineRun.")
            String name,

            @JsonPropertyDescription("Phase of the PipelineRun.") @Nullable
            String result,

            @JsonPropertyDescription("Ref that it ran.") String ref,

            @JsonPropertyDescription("Commit that it ran.") @Nullable
            String commit) {}
}
