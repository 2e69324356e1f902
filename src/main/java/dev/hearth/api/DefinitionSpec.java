package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/**
 * A file of the repository that says what to build and test, and what it may name. Everything else stays in the pipeline.
 */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
public record DefinitionSpec(
        @Default(DefinitionSpec.PATH)
        @Size(min = 1, max = 256)
        @Pattern(SchemaPatterns.FILE)
        @JsonPropertyDescription("Path of the file in the repository.")
        String path,

        @Default("[]")
        @Size(max = 32)
        @JsonPropertyDescription(
                "Secrets that the file may name for its tasks and pushes. By default none. Each Secret must allow the"
                        + " pipeline as well.")
        List<@Size(max = SchemaPatterns.OBJECT_LENGTH) @Pattern(SchemaPatterns.OBJECT) String> secrets,

        @Default("[]")
        @Size(max = 32)
        @JsonPropertyDescription(
                "Where the builds of the file may push: a registry and a path, such as registry.example/team/app, or all"
                        + " paths below one, such as registry.example/team/*. By default nowhere.")
        List<@Size(max = 255) @Pattern(SchemaPatterns.PUSH_TARGET) String> pushTo) {

    /** The default path. */
    public static final String PATH = ".hearth/pipeline.yaml";

    public DefinitionSpec {
        path = orElse(path, PATH);
        secrets = List.copyOf(orElse(secrets, List.of()));
        pushTo = List.copyOf(orElse(pushTo, List.of()));
    }
}
