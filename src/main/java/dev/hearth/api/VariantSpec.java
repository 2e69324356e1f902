package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A variant: one of several targets of a build. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record VariantSpec(
        @Required
        @Size(max = SchemaPatterns.NAME_LENGTH)
        @Pattern(SchemaPatterns.NAME)
        @JsonPropertyDescription("Name of the variant, which is also its stage of the Dockerfile unless target is set.")
        String name,

        @Size(max = 128) @JsonPropertyDescription("Stage of the Dockerfile. By default the name of the variant.")
        String target,

        @Size(max = 64)
        @Pattern("^[A-Za-z0-9_.-]*$")
        @JsonPropertyDescription("Text that is appended to each of the build's tags.")
        String tagSuffix) {

    public VariantSpec {
        target = orElse(target, "");
        tagSuffix = orElse(tagSuffix, "");
    }
}
