package dev.hearth.agent;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * What became of artifacts that were to be deleted.
 *
 * @param removed number of those that do not exist any more
 * @param left number of those that the registry has kept
 * @param message why the first of them was kept; null if there is none
 */
public record ArtifactRemoveReport(
        @JsonProperty(required = true) int version,
        int removed,
        int left,
        @Nullable String message) {}
