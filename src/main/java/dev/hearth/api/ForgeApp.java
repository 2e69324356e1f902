package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A GitHub App that is installed at the repository of a pipeline. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ForgeApp(
        @Required
        @Min(1)
        @Max(999_999_999_999L)
        @JsonPropertyDescription("App ID, as the App's settings at GitHub show it.")
        long id,

        @Required
        @Size(max = SchemaPatterns.OBJECT_LENGTH)
        @Pattern(SchemaPatterns.OBJECT)
        @JsonPropertyDescription(
                "Secret in the pipeline's namespace whose key privateKey has a private key of the App, in PEM as GitHub"
                        + " delivers it.")
        String secretName) {}
