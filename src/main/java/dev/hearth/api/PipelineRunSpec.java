package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/**
 * The pipeline, ref and commit to run. Only {@code cancel}, its reason and {@code approval} can change, so that a result always
 * belongs to its commit.
 */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
        value =
                "self.pipeline == oldSelf.pipeline && self.ref == oldSelf.ref && has(self.commit) == has(oldSelf.commit)"
                        + " && (!has(self.commit) || self.commit == oldSelf.commit)"
                        + " && has(self.trigger) == has(oldSelf.trigger)"
                        + " && (!has(self.trigger) || self.trigger == oldSelf.trigger)",
        message = "pipeline, ref, commit and trigger of a run cannot be changed: create another PipelineRun")
@ValidationRule(
        value = "self.cancel || !oldSelf.cancel",
        fieldPath = ".cancel",
        message = "a cancelled run stays cancelled: create another PipelineRun")
@ValidationRule(
        value = "!has(self.approval) || (has(self.commit) && self.approval.commit == self.commit)",
        fieldPath = ".approval.commit",
        message = "the approval is of another commit: write the commit of the run")
public record PipelineRunSpec(
        @Required
        @Size(min = 1, max = SchemaPatterns.PIPELINE_LENGTH)
        @JsonPropertyDescription("Name of a Pipeline in the same namespace.")
        String pipeline,

        @Required
        @Size(max = SchemaPatterns.REF_LENGTH)
        @Pattern(SchemaPatterns.REF)
        @JsonPropertyDescription("Full name of the ref to run, such as refs/heads/main or refs/pull/7/head.")
        String ref,

        @io.fabric8.generator.annotation.Nullable
        @Size(max = 40)
        @Pattern(SchemaPatterns.COMMIT)
        @JsonPropertyDescription(
                "Commit to run, 40 hexadecimal digits. It must be on the ref. By default the newest commit"
                        + " of the ref.")
        @Nullable
        String commit,

        @Default("false") @JsonPropertyDescription("Set to true to cancel the run.")
        boolean cancel,

        @io.fabric8.generator.annotation.Nullable
        @Size(max = 256)
        @JsonPropertyDescription("Why the run is cancelled, for its status. Hearth sets it for a superseded run.")
        @Nullable
        String cancelReason,

        @io.fabric8.generator.annotation.Nullable
        @JsonPropertyDescription(
                "Approval of a run whose status says ApprovalRequired. Everybody who may edit runs can give it.")
        @Nullable
        RunApproval approval,

        @io.fabric8.generator.annotation.Nullable
        @JsonPropertyDescription(
                "What has made Hearth create the run: Ref, Schedule, Comment or Button. A run with Ref is skipped if"
                        + " spec.triggers of its pipeline says so. Leave it out to run the commit in any case.")
        @Nullable
        RunTrigger trigger)
        implements PipelineRunSpecBuilder.With {

    /** Returns the spec of a run that a user creates. */
    public static PipelineRunSpec of(String pipeline, String ref, @Nullable String commit) {
        return PipelineRunSpecBuilder.builder()
                .pipeline(pipeline)
                .ref(ref)
                .cancel(false)
                .commit(commit)
                .build();
    }

    /** Returns why the run is cancelled, as a sentence for people. */
    public String cancellation() {
        return "spec.cancel of the run was set" + (cancelReason == null ? "" : ": " + cancelReason);
    }
}
