package dev.hearth.agent;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a task has left.
 *
 * @param artifact null if there is none, and as long as it has not been read
 * @param artifactMissing whether the artifact's folder does not exist or is empty
 * @param artifactUnreadable whether a part of it cannot be read, or its path contains a link
 */
public record CollectReport(
        @JsonProperty(required = true) int version,
        Reports reports,
        @Nullable ArtifactFiles artifact,
        boolean artifactMissing,
        boolean artifactUnreadable) {

    public CollectReport {
        Objects.requireNonNull(reports);
    }

    /**
     * Counts report files.
     *
     * @param files number of those that were sent
     * @param kib their size
     * @param leftOut number of those that were found and not sent
     */
    public record Reports(long files, long kib, long leftOut) {}
}
