package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** State of a scope's volumes. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record CacheScopeStatus(
        @JsonPropertyDescription("metadata.generation that this status was computed from.") @Nullable
        Long observedGeneration,

        @JsonPropertyDescription("Trusted or Untrusted.") @Nullable
        Trust trust,

        @JsonPropertyDescription(
                "How builds on it are kept from the node: UserNamespace, Rootless or Privileged. The condition Isolated says what that means.")
        @Nullable
        IsolationForm isolation,

        @JsonPropertyDescription("What the last trial of isolation showed.") @Nullable
        PreflightStatus preflight,

        @JsonPropertyDescription("Size of all its volumes' content, such as 2100Mi.") @Nullable
        String used,

        @JsonPropertyDescription("Build steps that the last run found in the cache, of all that could be.") @Nullable
        String cached,

        @JsonPropertyDescription("Run that used it last.") @Nullable
        String lastRun,

        @Pattern(SchemaPatterns.TIME)
        @Size(max = SchemaPatterns.TIME_LENGTH)
        @JsonPropertyDescription("When a run last used it.")
        @Nullable
        String lastUsed,

        @JsonPropertyDescription("Highest generation number given out so far; none is given twice.") @Nullable
        Integer lastGeneration,

        @JsonPropertyDescription("One volume per platform.") List<ScopeVolume> volumes,

        @JsonPropertyDescription("Volumes with directories of tasks: one per operating system.")
        List<TaskCacheVolume> taskCaches,

        @JsonPropertyDescription("VolumeSnapshots of sealed generations that no volume can be made from yet.")
        List<PendingSnapshot> pendingSnapshots,

        @JsonPropertyDescription("Ready, Reconciling and Stalled, as kstatus reads them.")
        List<Condition> conditions)
        implements HearthStatus {

    public CacheScopeStatus {
        volumes = List.copyOf(orElse(volumes, List.of()));
        taskCaches = List.copyOf(orElse(taskCaches, List.of()));
        pendingSnapshots = List.copyOf(orElse(pendingSnapshots, List.of()));
        conditions = List.copyOf(orElse(conditions, List.of()));
    }
}
