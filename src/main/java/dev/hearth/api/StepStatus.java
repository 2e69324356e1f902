package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** State of one step: a solve of a build, a publication, or a matrix cell of a task. */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
public record StepStatus(
        @JsonPropertyDescription(
                "Name of the step: build[.variant]/platform, build[.variant]/index, task or task[values].")
        String name,

        @JsonPropertyDescription("Pending, Running, Succeeded, Failed, Skipped or Cancelled.")
        State state,

        @JsonPropertyDescription("Reason of the state, in one word for programs.") @Nullable
        String reason,

        @JsonPropertyDescription("Message for people. For a failed step it ends with the last lines of its log.")
        @Nullable
        String message,

        @JsonPropertyDescription("Pod of the step.") @Nullable
        String pod,

        @JsonPropertyDescription("Container of the pod, for kubectl logs -c.") @Nullable
        String container,

        @Pattern(SchemaPatterns.TIME)
        @Size(max = SchemaPatterns.TIME_LENGTH)
        @JsonPropertyDescription("When the step started.")
        @Nullable
        String startedAt,

        @Pattern(SchemaPatterns.TIME)
        @Size(max = SchemaPatterns.TIME_LENGTH)
        @JsonPropertyDescription("When the step finished.")
        @Nullable
        String finishedAt,

        @JsonPropertyDescription("Exit code of the step's container.") @Nullable
        Integer exitCode,

        @JsonPropertyDescription("Digest of the image or index that the step pushed.") @Nullable
        String digest,

        @JsonPropertyDescription("Number of build steps that were found in the cache.") @Nullable
        Integer cached,

        @JsonPropertyDescription("Number of build steps that were executed.") @Nullable
        Integer executed,

        @JsonPropertyDescription(
                "Cache origin: where the cache of the build, or the task caches of the task, came from.")
        @Nullable
        String cacheFrom,

        @JsonPropertyDescription(
                "The first build steps that were executed although the cache should have contained them.")
        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        List<String> rebuilt,

        @JsonPropertyDescription("Kind of failure: Command, Service, Timeout, OutOfMemory, Infrastructure or Setup.")
        @Nullable
        Failure failure,

        @JsonPropertyDescription("Number of attempts. Empty for one attempt.") @Nullable
        Integer attempts,

        @JsonPropertyDescription("Number of attempts that failed because of the infrastructure.") @Nullable
        Integer infrastructureFailures,

        @JsonPropertyDescription("Whether the step succeeded only after its command had failed.") @Nullable
        Boolean flaky,

        @JsonPropertyDescription("Whether the failure is ignored, so that the run continues and can succeed.") @Nullable
        Boolean ignored,

        @JsonPropertyDescription("Artifact that the step produced.") @Nullable
        ArtifactStatus artifact,

        @JsonPropertyDescription("Summary of the step's JUnit reports.") @Nullable
        TestSummary tests,

        @JsonPropertyDescription(
                "The first rules of BuildKit that lines of the Dockerfile break, or the instruction at which the build failed.")
        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        List<DockerfileFinding> findings)
        implements StepStatusBuilder.With {

    /** Whose fault a failed step is. */
    public enum Failure {
        /** The command, or a step of the Dockerfile, failed. */
        Command,
        /** A service of the task did not become ready. */
        Service,
        /** The step, the run, or the wait for a node exceeded its time limit. */
        Timeout,
        /** A container used more memory than its own limit. */
        OutOfMemory,
        /** The cluster failed. Nothing in the repository or the pipeline caused it. */
        Infrastructure,
        /** Something that the pipeline names does not exist, or cannot be used. */
        Setup
    }

    public StepStatus {
        rebuilt = List.copyOf(orElse(rebuilt, List.of()));
        findings = List.copyOf(orElse(findings, List.of()));
    }

    /** Returns the reason; empty if there is none, or if another version wrote it. */
    public Optional<Reason> knownReason() {
        return Reason.parse(reason);
    }

    /** Returns whether the step has this reason. */
    public boolean has(Reason other) {
        return knownReason().filter(other::equals).isPresent();
    }

    /** Returns the number of the current attempt, counted from 1. */
    public int attempt() {
        return attempts == null ? 1 : attempts;
    }

    /** Returns whether the run and dependent steps continue: the step succeeded, or its failure is ignored. */
    public boolean passed() {
        return state == State.Succeeded || (state.isFinal() && Boolean.TRUE.equals(ignored));
    }

    /** State of a step. The last four are final. */
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
