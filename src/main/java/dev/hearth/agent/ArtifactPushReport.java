package dev.hearth.agent;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Objects;

/**
 * An artifact in a registry.
 *
 * @param image repository and digest
 * @param bytes size of its layer in the registry
 */
public record ArtifactPushReport(
        @JsonProperty(required = true) int version, String image, long bytes) {
    public ArtifactPushReport {
        Objects.requireNonNull(image);
    }
}
