package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** State of the volumes of a cache scope. */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
public record CacheScopeStatus(
        @JsonPropertyDescription("metadata.generation that this status was computed from.") @Nullable
        Long observedGeneration,

        @JsonPropertyDescription("Trusted or Untrusted.") @Nullable
        Trust trust,

        @JsonPropertyDescription(
                "Isolation of build pods: UserNamespace, Rootless or Privileged. The condition Isolated"
                        + " explains it.")
        @Nullable
        IsolationForm isolation,

        @JsonPropertyDescription("Result of the last preflight of isolation.") @Nullable
        PreflightStatus preflight,

        @JsonPropertyDescription("Measured size of all its volumes, such as 2100Mi.") @Nullable
        String used,

        @JsonPropertyDescription("Build steps that the last run found in the cache, of all cacheable build steps.")
        @Nullable
        String cached,

        @JsonPropertyDescription("The last run that used the scope.") @Nullable
        String lastRun,

        @Pattern(SchemaPatterns.TIME)
        @Size(max = SchemaPatterns.TIME_LENGTH)
        @JsonPropertyDescription("When a run last used the scope.")
        @Nullable
        String lastUsed,

        @JsonPropertyDescription("Highest generation number assigned so far. No number is assigned twice.") @Nullable
        Integer lastGeneration,

        @JsonPropertyDescription("Cache volumes, one per platform.")
        List<ScopeVolume> volumes,

        @JsonPropertyDescription(
                "Volumes for task caches, one per operating system. That for Linux has the artifacts of tasks too.")
        List<TaskCacheVolume> taskCaches,

        @JsonPropertyDescription("VolumeSnapshots of sealed generations that are not ready yet.")
        List<PendingSnapshot> pendingSnapshots,

        @JsonPropertyDescription(
                "Ready, Reconciling and Stalled, as kstatus reads them; Isolated says how builds are isolated,"
                        + " NetworkIsolated whether network policies are enforced.")
        List<Condition> conditions)
        implements HearthStatus {

    public CacheScopeStatus {
        volumes = List.copyOf(orElse(volumes, List.of()));
        taskCaches = List.copyOf(orElse(taskCaches, List.of()));
        pendingSnapshots = List.copyOf(orElse(pendingSnapshots, List.of()));
        conditions = List.copyOf(orElse(conditions, List.of()));
    }
}
