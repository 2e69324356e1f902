package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;

/** A command in a pod of its own: a test, a lint, a check. */
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
        value = "size(self.command) > 0 && size(self.command[0]) > 0",
        fieldPath = ".command",
        message = "command must name a program, for example [\"/artifacts/tests/run\", \"--all\"]")
public record TaskSpec(
        @Required
        @Size(max = Patterns.NAME_LENGTH)
        @Pattern(Patterns.NAME)
        @JsonPropertyDescription("Name of the task, a DNS label of at most 30 characters.")
        String name,

        @Required
        @Size(min = 1, max = 512)
        @Pattern("^[^\\s]+$")
        @JsonPropertyDescription("Image that the command runs in.")
        String image,

        @Required
        @Size(max = 64)
        @JsonPropertyDescription(
                "Program and arguments; no shell is added. It starts in /workspace, an empty writable directory.")
        List<@Size(max = 4096) String> command,

        @Default("{}") @Size(max = 64) @JsonPropertyDescription("Environment variables, in plain text.")
        Map<String, String> env,

        @Default("[]")
        @Size(max = 16)
        @JsonPropertyDescription("Builds and tasks that must succeed first, besides those whose artifacts are listed.")
        List<@Size(max = Patterns.NAME_LENGTH) String> needs,

        @Default("[]")
        @Size(max = 16)
        @JsonPropertyDescription(
                "Builds whose artifact is mounted read-only at /artifacts/<build>; with several platforms at /artifacts/<build>/<os>-<arch>.")
        List<@Size(max = Patterns.NAME_LENGTH) String> artifacts,

        @Default("30m") @Pattern(Patterns.DURATION) @JsonPropertyDescription("Time limit of the command, such as 15m.")
        String timeout) {

    public TaskSpec {
        command = List.copyOf(orElse(command, List.of()));
        env = Map.copyOf(orElse(env, Map.of()));
        needs = List.copyOf(orElse(needs, List.of()));
        artifacts = List.copyOf(orElse(artifacts, List.of()));
        timeout = orElse(timeout, "30m");
    }
}
