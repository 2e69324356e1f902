package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whether this cluster has the storage of a policy, the size of its caches, and their evictions. */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
public record CachePolicyStatus(
        @JsonPropertyDescription("metadata.generation that this status was computed from.") @Nullable
        Long observedGeneration,

        @JsonPropertyDescription("Measured size of all caches of this policy, such as 210000Mi.") @Nullable
        String used,

        @JsonPropertyDescription("Budget of all caches: spec.retention.maxTotal.") @Nullable
        String limit,

        @JsonPropertyDescription("Number of CacheScopes that use this policy.") @Nullable
        Integer scopes,

        @JsonPropertyDescription(
                "Total size that the volume claims request from storage. It exceeds used, because a volume"
                        + " is provisioned with the size that it may reach.")
        @Nullable
        String provisioned,

        @JsonPropertyDescription("Number of caches that this policy has evicted so far.") @Nullable
        Long evictions,

        @JsonPropertyDescription("The last evictions, newest first.")
        List<Evicted> lastEvictions,

        @JsonPropertyDescription("The caches that are evicted next, and when.")
        List<Candidate> nextEvictions,

        @JsonPropertyDescription(
                "Ready, Reconciling and Stalled, as kstatus reads them, and ClockSkewed if the operator's"
                        + " clock is wrong.")
        List<Condition> conditions)
        implements HearthStatus {

    public CachePolicyStatus {
        lastEvictions = List.copyOf(orElse(lastEvictions, List.of()));
        nextEvictions = List.copyOf(orElse(nextEvictions, List.of()));
        conditions = List.copyOf(orElse(conditions, List.of()));
    }

    /** A cache that was evicted. */
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

            @JsonPropertyDescription("Measured size of its volumes, such as 2100Mi.")
            String freed,

            @Required
            @Pattern(SchemaPatterns.TIME)
            @Size(max = SchemaPatterns.TIME_LENGTH)
            @JsonPropertyDescription("When it was deleted.")
            String at) {}

    /** A cache that may be evicted next. */
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

            @JsonPropertyDescription("The time of the eviction, or what has to happen first.")
            String when) {}
}
