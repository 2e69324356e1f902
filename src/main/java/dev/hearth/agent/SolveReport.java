package dev.hearth.agent;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a solve that succeeded reports.
 *
 * @param digest of the pushed image; null if none was pushed
 * @param cached number of build steps of the Dockerfile that were found in a cache
 * @param executed number of build steps that ran
 * @param restarted state that a second daemon of the pod started from; null if the first daemon served the solve
 * @param problem what was wrong with the cache; null if nothing was
 * @param files the artifact; null if there are no files
 * @param rebuilt the first names of build steps that ran
 * @param warnings rules of BuildKit's linter that lines of the Dockerfile break
 */
public record SolveReport(
        @JsonProperty(required = true) int version,
        @Nullable String digest,
        @JsonProperty(required = true) int cached,
        @JsonProperty(required = true) int executed,
        @Nullable String restarted,
        @Nullable AgentProblem problem,
        @Nullable ArtifactFiles files,
        List<String> rebuilt,
        List<Warning> warnings) {

    public SolveReport {
        rebuilt = rebuilt == null ? List.of() : List.copyOf(rebuilt);
        warnings = warnings == null ? List.of() : List.copyOf(warnings);
    }

    /** A line of the Dockerfile that breaks a rule. */
    public record Warning(String rule, String message, int line) {
        public Warning {
            Objects.requireNonNull(rule);
            Objects.requireNonNull(message);
        }
    }
}
