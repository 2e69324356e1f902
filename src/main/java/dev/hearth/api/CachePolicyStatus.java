package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whether a policy can be followed in this cluster, what its caches come to, and what it does to them. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record CachePolicyStatus(
        @JsonPropertyDescription("metadata.generation that this status was computed from.") @Nullable
        Long observedGeneration,

        @JsonPropertyDescription("Measured content of all its caches, such as 210000Mi.") @Nullable
        String used,

        @JsonPropertyDescription("spec.retention.maxTotal.") @Nullable
        String limit,

        @JsonPropertyDescription("Number of its CacheScopes.") @Nullable
        Integer scopes,

        @JsonPropertyDescription(
                "What the claims of its volumes ask of storage. More than used: a volume is as large as it may become.")
        @Nullable
        String provisioned,

        @JsonPropertyDescription("Caches that it has deleted so far.") @Nullable
        Long evictions,

        @JsonPropertyDescription("Caches that it deleted last, the latest first.")
        List<Evicted> lastEvictions,

        @JsonPropertyDescription("Caches that it would delete next, and when.")
        List<Candidate> nextEvictions,

        @JsonPropertyDescription(
                "Ready, Reconciling and Stalled, as kstatus reads them; ClockSkewed if the operator's clock is wrong.")
        List<Condition> conditions)
        implements HearthStatus {

    public CachePolicyStatus {
        lastEvictions = List.copyOf(orElse(lastEvictions, List.of()));
        nextEvictions = List.copyOf(orElse(nextEvictions, List.of()));
        conditions = List.copyOf(orElse(conditions, List.of()));
    }

    /** A cache that was deleted. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Evicted(
            @JsonPropertyDescription("Namespace of its pipeline.")
            String namespace,

            @JsonPropertyDescription("Name of the Pipeline.")
            String pipeline,

            @JsonPropertyDescription("Full name of the git ref.")
            String ref,

            @JsonPropertyDescription("RefClosed, Idle, PipelineBudget or TotalBudget.")
            String reason,

            @JsonPropertyDescription("What was measured on its volumes, such as 2100Mi.")
            String freed,

            @Required
            @Pattern(SchemaPatterns.TIME)
            @Size(max = SchemaPatterns.TIME_LENGTH)
            @JsonPropertyDescription("When it was deleted.")
            String at) {}

    /** A cache that may be next. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Candidate(
            @JsonPropertyDescription("Namespace of its pipeline.")
            String namespace,

            @JsonPropertyDescription("Name of the Pipeline.")
            String pipeline,

            @JsonPropertyDescription("Full name of the git ref.")
            String ref,

            @JsonPropertyDescription("RefClosed, Idle, PipelineBudget or TotalBudget.")
            String reason,

            @JsonPropertyDescription("A time, or what has to happen first.")
            String when) {}
}
