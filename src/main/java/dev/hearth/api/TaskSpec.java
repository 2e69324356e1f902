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
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** A command in a pod of its own: a test, a lint, a check. */
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
        value = "size(self.command) > 0 && size(self.command[0]) > 0",
        fieldPath = ".command",
        message = "command must name a program, for example [\"/artifacts/tests/run\", \"--all\"]")
@ValidationRule(
        value = "has(self.image) != has(self.imageFrom)",
        message = "a task runs in one image: give it either image or imageFrom")
@ValidationRule(
        value = "has(self.shards) == has(self.testList)",
        message = "shards and testList go together: testList names the file whose tests are split into shards")
@ValidationRule(
        value = "!has(self.testList) || self.testList.artifact in self.artifacts",
        fieldPath = ".testList",
        message = "testList.artifact must be one of the task's artifacts")
@ValidationRule(
        value = "!has(self.matrix) || !has(self.matrix.from) || self.matrix.from.artifact in self.artifacts",
        fieldPath = ".matrix",
        message = "matrix.from.artifact must be one of the task's artifacts")
@ValidationRule(
        value = "!has(self.shards) || !has(self.matrix)",
        fieldPath = ".shards",
        message = "a task has either shards or a matrix: make it two tasks")
@ValidationRule(
        value = "self.services.all(s, self.services.exists_one(o, o.name == s.name))",
        fieldPath = ".services",
        message = "two services have the same name: give each its own")
@ValidationRule(
        value = "self.services.all(s, s.artifacts.all(a, a in self.artifacts))",
        fieldPath = ".services",
        message = "a service lists an artifact that its task does not: add it to the task's artifacts")
@ValidationRule(
        value = "self.services.all(s, !has(s.user) || s.user != 0) || (has(self.podSecurity)"
                + " && self.podSecurity != 'Restricted')",
        fieldPath = ".services",
        message = "user 0 of a service needs podSecurity: Baseline of its task, and a namespace that allows it")
@ValidationRule(
        value = "!has(self.user) || self.user != 0 || (has(self.podSecurity) && self.podSecurity != 'Restricted')",
        fieldPath = ".user",
        message = "user 0 needs podSecurity: Baseline, and a namespace that allows it")
@ValidationRule(value = PatternSyntax.INPUTS_RULE, fieldPath = ".inputs", message = PatternSyntax.PATH_MESSAGE)
public record TaskSpec(
        @Required
        @Size(max = SchemaPatterns.NAME_LENGTH)
        @Pattern(SchemaPatterns.NAME)
        @JsonPropertyDescription("Name of the task, a DNS label of at most 30 characters.")
        String name,

        @Nullable
        @Size(min = 1, max = 512)
        @Pattern("^[^\\s]+$")
        @JsonPropertyDescription("Image that the command runs in.")
        @org.jspecify.annotations.Nullable
        String image,

        @Nullable
        @JsonPropertyDescription("Image of this run that the command runs in, by its digest.")
        @org.jspecify.annotations.Nullable
        ImageFrom imageFrom,

        @Required
        @Size(max = 64)
        @JsonPropertyDescription("Program and arguments; no shell is added. It starts in /workspace, an empty writable"
                + " directory. In command, image, env and services, {matrix.NAME}, {ref}, {branch}, {tag}, {pullRequest},"
                + " {commit}, {run}, {shard} and {shards} stand for their values; {{ref} is written for {ref} itself.")
        List<@Size(max = SchemaPatterns.TEXT_LENGTH) String> command,

        @Default("{}") @Size(max = 64) @JsonPropertyDescription("Environment variables, in plain text.")
        Map<@Size(max = SchemaPatterns.VARIABLE_LENGTH) String, @Size(max = SchemaPatterns.TEXT_LENGTH) String> env,

        @Default("[]")
        @Size(max = 32)
        @JsonPropertyDescription(
                "Environment variables from Secrets. Runs of untrusted refs do not get them: they are not set there.")
        List<SecretVariable> secrets,

        @Default("[]")
        @Size(max = 16)
        @JsonPropertyDescription("Builds and tasks that must succeed first, besides those whose artifacts are listed.")
        List<@Size(max = SchemaPatterns.NAME_LENGTH) String> needs,

        @Default("[]")
        @Size(max = 16)
        @JsonPropertyDescription(
                "Builds and tasks whose artifact is mounted read-only at /artifacts/<name>; with several platforms or legs"
                        + " at /artifacts/<name>/<os>-<arch> or /artifacts/<name>/<leg>.")
        List<@Size(max = SchemaPatterns.NAME_LENGTH) String> artifacts,

        @Nullable
        @JsonPropertyDescription("Files that the task leaves for later ones.")
        @org.jspecify.annotations.Nullable
        TaskArtifact artifact,

        @Default("[]")
        @Size(max = 16)
        @JsonPropertyDescription(
                "Of a task with an artifact: files of the repository that decide it, as patterns like those of"
                        + " cache.recipe. A later commit with the same ones uses the artifact again; every file if left out.")
        List<@Size(min = 1, max = 128) String> inputs,

        @Default("[]")
        @Size(max = 8)
        @JsonPropertyDescription(
                "Directories that the task finds as the last run of its ref in which it succeeded left them,"
                        + " else as that of the base or the default branch did.")
        List<TaskCache> caches,

        @Default("{}") @JsonPropertyDescription("Files to keep for people, whether the task passed or not.")
        ReportsSpec reports,

        @Nullable
        @JsonPropertyDescription("Runs the task several times, with other values each time.")
        @org.jspecify.annotations.Nullable
        MatrixSpec matrix,

        @Nullable
        @Min(1)
        @Max(64)
        @JsonPropertyDescription(
                "Splits the tests of testList into as many legs, by how long each took in earlier runs. A leg finds its own"
                        + " in the file that HEARTH_TESTS names, one a line.")
        @org.jspecify.annotations.Nullable
        Integer shards,

        @Nullable @JsonPropertyDescription("Where the tests to split are listed.") @org.jspecify.annotations.Nullable
        TestList testList,

        @Default("[]") @Size(max = 8) @JsonPropertyDescription("Containers that run beside the command.")
        List<ServiceSpec> services,

        @Default("0")
        @Min(0)
        @Max(10)
        @JsonPropertyDescription("How often a failed command is tried again; a leg that passes then is called flaky.")
        int retries,

        @Default("false") @JsonPropertyDescription("Whether the run goes on, and can succeed, if this task fails.")
        boolean continueOnError,

        @Nullable
        @JsonPropertyDescription("What the command needs, and may use, of a node.")
        @org.jspecify.annotations.Nullable
        Resources resources,

        @Default("Linux")
        @JsonPropertyDescription(
                "Operating system of its image: Linux or Windows. A task for Windows has no reports, artifacts"
                        + " or user, and its services are for Windows too.")
        OperatingSystem os,

        @Default("{}")
        @Size(max = 16)
        @JsonPropertyDescription(
                "Labels that its node must have. Their keys are well-known ones, such as kubernetes.io/arch, or those that"
                        + " the admin allows.")
        Map<
                        @Size(max = SchemaPatterns.LABEL_KEY_LENGTH) String,
                        @Size(max = SchemaPatterns.LABEL_VALUE_LENGTH) @Pattern(SchemaPatterns.LABEL_VALUE) String>
                nodeSelector,

        @Default("[]")
        @Size(max = 16)
        @JsonPropertyDescription("Taints of nodes that it may run on all the same, as far as the admin allows.")
        List<Toleration> tolerations,

        @Nullable
        @Size(min = 1, max = SchemaPatterns.OBJECT_LENGTH)
        @Pattern(SchemaPatterns.OBJECT)
        @JsonPropertyDescription(
                "RuntimeClass of its pod, such as one of a sandbox, among those that the admin allows. Services run in it"
                        + " too.")
        @org.jspecify.annotations.Nullable
        String runtimeClassName,

        @Nullable
        @Min(0)
        @Max(Integer.MAX_VALUE)
        @JsonPropertyDescription("User id that the command runs as; 1000 if left out.")
        @org.jspecify.annotations.Nullable
        Long user,

        @Default("Restricted")
        @JsonPropertyDescription(
                "Pod Security level that its pod complies with: Restricted, Baseline (any user, and the capabilities that"
                        + " images have by default) or Privileged. The admin says what runs of trusted refs may have, all"
                        + " others have Restricted; and the namespace must allow it.")
        PodSecurity podSecurity,

        @Default("30m")
        @Pattern(SchemaPatterns.DURATION)
        @Size(max = SchemaPatterns.DURATION_LENGTH)
        @ValidationRule(value = SchemaPatterns.NOT_ZERO, message = SchemaPatterns.NO_TIME)
        @JsonPropertyDescription("Time limit of the command, such as 15m.")
        String timeout) {

    /** Level of Kubernetes' Pod Security Standards. */
    public enum PodSecurity {
        Restricted,
        Baseline,
        Privileged
    }

    public TaskSpec {
        command = List.copyOf(orElse(command, List.of()));
        env = Map.copyOf(orElse(env, Map.of()));
        secrets = List.copyOf(orElse(secrets, List.of()));
        needs = List.copyOf(orElse(needs, List.of()));
        artifacts = List.copyOf(orElse(artifacts, List.of()));
        inputs = List.copyOf(orElse(inputs, List.of()));
        caches = List.copyOf(orElse(caches, List.of()));
        reports = orElse(reports, ReportsSpec.NONE);
        services = List.copyOf(orElse(services, List.of()));
        os = orElse(os, OperatingSystem.Linux);
        nodeSelector = Map.copyOf(orElse(nodeSelector, Map.of()));
        tolerations = List.copyOf(orElse(tolerations, List.of()));
        podSecurity = orElse(podSecurity, PodSecurity.Restricted);
        timeout = orElse(timeout, "30m");
    }

    /** As it is for one leg: every text passed through {@code fill}, and these services. */
    public TaskSpec filled(UnaryOperator<String> fill, List<ServiceSpec> services) {
        return new TaskSpec(
                name,
                image == null ? null : fill.apply(image),
                imageFrom,
                command.stream().map(fill).toList(),
                filled(env, fill),
                secrets,
                needs,
                artifacts,
                artifact,
                inputs,
                caches,
                reports,
                matrix,
                shards,
                testList,
                services.stream().map(service -> service.filled(fill)).toList(),
                retries,
                continueOnError,
                resources,
                os,
                nodeSelector,
                tolerations,
                runtimeClassName,
                user,
                podSecurity,
                timeout);
    }

    static Map<String, String> filled(Map<String, String> env, UnaryOperator<String> fill) {
        return env.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, entry -> fill.apply(entry.getValue())));
    }

    /** Whether its legs are known only once an artifact's file has been read. */
    public boolean computed() {
        return testList != null || (matrix != null && matrix.from() != null);
    }
}
