package dev.hearth.agent;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the daemon's container reports once the solves have ended. All of it is what the pod says: a daemon that was broken
 * into can say anything.
 *
 * @param begun what the state of the volume was started from; null if the volume's own state was used
 * @param sealed the generation that was sealed; null if none was
 * @param usedKib disk usage of all files on the volume
 * @param artifactsKib that of the artifacts
 * @param buildkitKib size that BuildKit counts; null if it was not asked
 * @param capacityKib of the file system
 * @param freeKib of the file system
 * @param problem what was wrong with the volume; null if nothing was
 */
public record DaemonReport(
        @JsonProperty(required = true) int version,
        @Nullable Begun begun,
        @Nullable Sealed sealed,
        @JsonProperty(required = true) long usedKib,
        long artifactsKib,
        @Nullable Long buildkitKib,
        @Nullable Long capacityKib,
        @Nullable Long freeKib,
        @Nullable AgentProblem problem) {

    /**
     * What the state of a volume was started from.
     *
     * @param mode a name of {@link DaemonRequest.Mode}, or {@code Own} for a generation of the volume itself
     */
    public record Begun(String mode, long millis) {
        public Begun {
            Objects.requireNonNull(mode);
        }
    }

    /**
     * A generation that was sealed.
     *
     * @param kib what it added to the volume
     * @param exported whether an exported cache belongs to it
     * @param volumes claims of all volumes that hold its layers
     */
    public record Sealed(int generation, long kib, boolean exported, List<String> volumes, long millis) {
        public Sealed {
            volumes = List.copyOf(volumes);
        }
    }
}
