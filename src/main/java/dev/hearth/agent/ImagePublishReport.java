package dev.hearth.agent;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Objects;

/**
 * A published image.
 *
 * @param digest digest of the index, or of the image if there is only one
 */
public record ImagePublishReport(
        @JsonProperty(required = true) int version, String digest) {
    public ImagePublishReport {
        Objects.requireNonNull(digest);
    }
}
