package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Nullable;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A reference to an image that a build of the same run pushes. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ImageFrom(
        @Required
        @Size(max = SchemaPatterns.NAME_LENGTH)
        @JsonPropertyDescription("Build that produces and pushes the image.")
        String build,

        @Nullable
        @Size(max = SchemaPatterns.NAME_LENGTH)
        @JsonPropertyDescription("Variant of the build. Required if the build has variants.")
        @org.jspecify.annotations.Nullable
        String variant,

        @Default("linux/amd64") @Size(max = 16) @JsonPropertyDescription("Platform of the image.")
        String platform) {

    public ImageFrom {
        platform = orElse(platform, "linux/amd64");
    }
}
