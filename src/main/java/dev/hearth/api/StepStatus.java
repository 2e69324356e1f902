package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** State of one step: a build for one platform and variant, an index of several platforms, or a task. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record StepStatus(
        @JsonPropertyDescription(
                "Name of the step: build[.variant]/platform, build[.variant]/index, or the task's name.")
        String name,

        @JsonPropertyDescription("Pending, Running, Succeeded, Failed, Skipped or Cancelled.")
        State state,

        @JsonPropertyDescription("One word for machines on why it is in this state.") @Nullable
        String reason,

        @JsonPropertyDescription("What people need to know; of a failed step the end of its log.") @Nullable
        String message,

        @JsonPropertyDescription("Pod of the step.") @Nullable
        String pod,

        @JsonPropertyDescription("Container of the pod, for kubectl logs -c.") @Nullable
        String container,

        @JsonPropertyDescription("When it started.") @Nullable
        String startedAt,

        @JsonPropertyDescription("When it ended.") @Nullable String finishedAt,

        @JsonPropertyDescription("Exit code of its container.") @Nullable
        Integer exitCode,

        @JsonPropertyDescription("Digest of the image or index that it pushed.") @Nullable
        String digest,

        @JsonPropertyDescription("Build steps that were found in the cache.") @Nullable
        Integer cached,

        @JsonPropertyDescription("Build steps that were executed.") @Nullable
        Integer executed,

        @JsonPropertyDescription("Where the cache that the build started from came from.") @Nullable
        String cacheFrom,

        @JsonPropertyDescription("Build steps that ran although the cache had them: the first few.")
        List<String> regressed) {

    public StepStatus {
        regressed = List.copyOf(orElse(regressed, List.of()));
    }

    /** Where a step stands; the last four are final. */
    public enum State {
        Pending,
        Running,
        Succeeded,
        Failed,
        Skipped,
        Cancelled;

        public boolean isFinal() {
            return this != Pending && this != Running;
        }
    }
}
