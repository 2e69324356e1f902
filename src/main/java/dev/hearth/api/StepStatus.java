package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
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

        @Pattern(SchemaPatterns.TIME)
        @Size(max = SchemaPatterns.TIME_LENGTH)
        @JsonPropertyDescription("When it started.")
        @Nullable
        String startedAt,

        @Pattern(SchemaPatterns.TIME)
        @Size(max = SchemaPatterns.TIME_LENGTH)
        @JsonPropertyDescription("When it ended.")
        @Nullable
        String finishedAt,

        @JsonPropertyDescription("Exit code of its container.") @Nullable
        Integer exitCode,

        @JsonPropertyDescription("Digest of the image or index that it pushed.") @Nullable
        String digest,

        @JsonPropertyDescription("Build steps that were found in the cache.") @Nullable
        Integer cached,

        @JsonPropertyDescription("Build steps that were executed.") @Nullable
        Integer executed,

        @JsonPropertyDescription(
                "Where the cache that the build, or the directories that the task, started from came from.")
        @Nullable
        String cacheFrom,

        @JsonPropertyDescription("Build steps that ran although the cache had them: the first few.")
        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        List<String> rebuilt,

        @JsonPropertyDescription(
                "Kind of the failure: Command, Service, Timeout, OutOfMemory, Infrastructure or Setup.")
        @Nullable
        Failure failure,

        @JsonPropertyDescription("How often it was tried; once if left out.") @Nullable
        Integer attempts,

        @JsonPropertyDescription("Attempts that were lost to the infrastructure.") @Nullable
        Integer infrastructureFailures,

        @JsonPropertyDescription("Whether it passed only after its command had failed.") @Nullable
        Boolean flaky,

        @JsonPropertyDescription("Whether the run goes on, and can succeed, though it failed.") @Nullable
        Boolean ignored,

        @JsonPropertyDescription("Files that it left for later steps.") @Nullable
        ArtifactStatus artifact,

        @JsonPropertyDescription("What its JUnit reports say.") @Nullable
        TestSummary tests) {

    /** What kind of thing went wrong. */
    public enum Failure {
        /** The command, or a step of the Dockerfile, exited with an error. */
        Command,
        /** A service beside the task was never ready. */
        Service,
        /** The step, the run, or the wait for a node took too long. */
        Timeout,
        /** A container used more memory than its own limit. */
        OutOfMemory,
        /** The cluster's: nothing in the repository or the pipeline caused it. */
        Infrastructure,
        /** Something that the pipeline names is not there, or cannot be used. */
        Setup
    }

    public StepStatus {
        rebuilt = List.copyOf(orElse(rebuilt, List.of()));
    }

    /** The same with another message, pod, origin of its cache and summary of tests. */
    public StepStatus with(
            @Nullable String newMessage,
            @Nullable String newPod,
            @Nullable String newCacheFrom,
            @Nullable TestSummary newTests) {
        return new StepStatus(
                name,
                state,
                reason,
                newMessage,
                newPod,
                container,
                startedAt,
                finishedAt,
                exitCode,
                digest,
                cached,
                executed,
                newCacheFrom,
                rebuilt,
                failure,
                attempts,
                infrastructureFailures,
                flaky,
                ignored,
                artifact,
                newTests);
    }

    /** The same without its times, with this of what ran although it was cached, and of its files. */
    public StepStatus bare(List<String> newRegressed, @Nullable ArtifactStatus files) {
        return new StepStatus(
                name,
                state,
                reason,
                message,
                pod,
                container,
                null,
                null,
                exitCode,
                digest,
                cached,
                executed,
                cacheFrom,
                newRegressed,
                failure,
                attempts,
                infrastructureFailures,
                flaky,
                ignored,
                files,
                tests);
    }

    /** Which attempt it is at, counted from 1. */
    public int attempt() {
        return attempts == null ? 1 : attempts;
    }

    /** Whether what needs it, and the run, may go on as if it had succeeded. */
    public boolean passed() {
        return state == State.Succeeded || (state.isFinal() && Boolean.TRUE.equals(ignored));
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
