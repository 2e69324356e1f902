package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Nullable;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** A container that runs beside a task's command in the same pod. The command reaches it at localhost. */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
public record ServiceSpec(
        @Required
        @Size(max = SchemaPatterns.NAME_LENGTH)
        @Pattern(SchemaPatterns.NAME)
        @JsonPropertyDescription("Name of the service, a DNS label of at most 30 characters.")
        String name,

        @Required
        @Size(min = 1, max = 512)
        @Pattern("^[^\\s]+$")
        @JsonPropertyDescription("Image of the service's container.")
        String image,

        @Default("[]")
        @Size(max = 16)
        @JsonPropertyDescription(
                "Matrix cells that have the service: those that have all values of one of these entries."
                        + " Empty for all cells.")
        List<@Size(min = 1, max = 4) Map<@Size(max = 64) String, @Size(max = 256) String>> when,

        @Default("[]") @Size(max = 64) @JsonPropertyDescription("Program and arguments. Empty for those of the image.")
        List<@Size(max = SchemaPatterns.TEXT_LENGTH) String> command,

        @Default("{}") @Size(max = 64) @JsonPropertyDescription("Environment variables as plain text.")
        Map<@Size(max = SchemaPatterns.VARIABLE_LENGTH) String, @Size(max = SchemaPatterns.TEXT_LENGTH) String> env,

        @Default("[]")
        @Size(max = 16)
        @JsonPropertyDescription("Artifacts that the service mounts. The task must list them too.")
        List<@Size(max = SchemaPatterns.NAME_LENGTH) String> artifacts,

        @Default("{}")
        @JsonPropertyDescription(
                "Readiness check that must pass before the task's command starts. Without one it starts as"
                        + " soon as the service's container has started.")
        ReadinessCheck ready,

        @Nullable
        @Min(0)
        @Max(Integer.MAX_VALUE)
        @JsonPropertyDescription("User id of the service's process. By default the user of the task.")
        @org.jspecify.annotations.Nullable
        Long user,

        @Nullable
        @JsonPropertyDescription("Resource requests and limits of the service's container.")
        @org.jspecify.annotations.Nullable
        Resources resources)
        implements ServiceSpecBuilder.With {

    public ServiceSpec {
        when = List.copyOf(orElse(when, List.of()));
        command = List.copyOf(orElse(command, List.of()));
        env = Map.copyOf(orElse(env, Map.of()));
        artifacts = List.copyOf(orElse(artifacts, List.of()));
        ready = orElse(ready, ReadinessCheck.AT_ONCE);
    }

    ServiceSpec filled(UnaryOperator<String> fill) {
        return with().image(fill.apply(image))
                .command(command.stream().map(fill).toList())
                .env(TaskSpec.filled(env, fill))
                .ready(ready.withCommand(ready.command().stream().map(fill).toList()))
                .build();
    }
}
