package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** What to run. All but {@code cancel} is fixed once created, so that a result always belongs to what it names. */
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
        value =
                "self.pipeline == oldSelf.pipeline && self.ref == oldSelf.ref && has(self.commit) == has(oldSelf.commit)"
                        + " && (!has(self.commit) || self.commit == oldSelf.commit)",
        message = "a run is fixed once created: create another PipelineRun for another ref or commit")
@ValidationRule(
        value = "self.cancel || !oldSelf.cancel",
        fieldPath = ".cancel",
        message = "a cancelled run stays cancelled: create another PipelineRun")
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
                "Commit to run, 40 hexadecimal digits, which must be on the ref; the ref's newest if left out.")
        @Nullable
        String commit,

        @Default("false") @JsonPropertyDescription("Set to true to stop the run.")
        boolean cancel) {}
