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

/** A task: a command that runs in a pod of its own, such as a test or a lint. */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
        value = "size(self.command) > 0 && size(self.command[0]) > 0",
        fieldPath = ".command",
        message = "command must name a program, for example [\"/artifacts/tests/run\", \"--all\"]")
@ValidationRule(
        value = "has(self.image) != has(self.imageFrom)",
        message = "a task needs either image or imageFrom: set exactly one of them")
@ValidationRule(
        value = "has(self.shards) == has(self.testList)",
        message = "shards and testList need each other: set both or neither; testList names the file whose"
                + " tests are divided among the shards")
@ValidationRule(
        value = "!has(self.testList) || self.testList.artifact in self.artifacts",
        fieldPath = ".testList",
        message = "testList.artifact must be one of the task's artifacts: add it to artifacts")
@ValidationRule(
        value = "!has(self.matrix) || !has(self.matrix.from) || self.matrix.from.artifact in self.artifacts",
        fieldPath = ".matrix",
        message = "matrix.from.artifact must be one of the task's artifacts: add it to artifacts")
@ValidationRule(
        value = "!has(self.shards) || !has(self.matrix)",
        fieldPath = ".shards",
        message = "a task has either shards or a matrix: remove one of them, or use two tasks")
@ValidationRule(
        value = "self.services.all(s, self.services.exists_one(o, o.name == s.name))",
        fieldPath = ".services",
        message = "two services have the same name: give each service its own name")
@ValidationRule(
        value = "self.services.all(s, s.artifacts.all(a, a in self.artifacts))",
        fieldPath = ".services",
        message = "a service lists an artifact that its task does not list: add it to the task's artifacts")
@ValidationRule(
        value = "self.services.all(s, !has(s.user) || s.user != 0) || (has(self.podSecurity)"
                + " && self.podSecurity != 'Restricted')",
        fieldPath = ".services",
        message = "user 0 of a service needs podSecurity: Baseline of its task, and a namespace that allows"
                + " that level: set it, or choose another user")
@ValidationRule(
        value = "!has(self.user) || self.user != 0 || (has(self.podSecurity) && self.podSecurity != 'Restricted')",
        fieldPath = ".user",
        message = "user 0 needs podSecurity: Baseline, and a namespace that allows that level: set it, or"
                + " choose another user")
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
        @JsonPropertyDescription("Image that the command runs in. Required without imageFrom.")
        @org.jspecify.annotations.Nullable
        String image,

        @Nullable
        @JsonPropertyDescription("Image of this run that the command runs in. Required without image.")
        @org.jspecify.annotations.Nullable
        ImageFrom imageFrom,

        @Required
        @Size(max = 64)
        @JsonPropertyDescription("Program and arguments. No shell is added. The command starts in /workspace, an empty"
                + " writable directory. In command, image, env and services, {matrix.NAME}, {ref}, {branch},"
                + " {tag}, {pullRequest}, {commit}, {run}, {shard} and {shards} are replaced by their values."
                + " Write {{ref} for the text {ref} itself.")
        List<@Size(max = SchemaPatterns.TEXT_LENGTH) String> command,

        @Default("{}") @Size(max = 64) @JsonPropertyDescription("Environment variables as plain text.")
        Map<@Size(max = SchemaPatterns.VARIABLE_LENGTH) String, @Size(max = SchemaPatterns.TEXT_LENGTH) String> env,

        @Default("[]")
        @Size(max = 32)
        @JsonPropertyDescription("Environment variables from Secrets. In runs of untrusted refs they are not set.")
        List<SecretVariable> secrets,

        @Default("[]")
        @Size(max = 16)
        @JsonPropertyDescription(
                "Builds and tasks that must succeed before this task starts, besides those whose artifacts"
                        + " it lists.")
        List<@Size(max = SchemaPatterns.NAME_LENGTH) String> needs,

        @Default("[]")
        @Size(max = 16)
        @JsonPropertyDescription("Builds and tasks whose artifacts the task mounts read-only at /artifacts/<name>. An"
                + " artifact of a build with several platforms is at /artifacts/<name>/<os>-<arch>, and one of"
                + " a task with several matrix cells at /artifacts/<name>/<cell>.")
        List<@Size(max = SchemaPatterns.NAME_LENGTH) String> artifacts,

        @Nullable @JsonPropertyDescription("Artifact that the task produces.") @org.jspecify.annotations.Nullable
        TaskArtifact artifact,

        @Default("[]")
        @Size(max = 16)
        @JsonPropertyDescription(
                "For a task with an artifact: the files of the repository that decide the content of the"
                        + " artifact, as patterns with the syntax of cache.recipe. A later commit with the same inputs"
                        + " reuses the artifact. By default all files.")
        List<@Size(min = 1, max = 128) String> inputs,

        @Default("[]")
        @Size(max = 8)
        @JsonPropertyDescription(
                "Task caches: directories that the task keeps for its next run. It starts with the content"
                        + " from the last run of its ref in which it succeeded, or else from the base or the default"
                        + " branch.")
        List<TaskCache> caches,

        @Default("{}") @JsonPropertyDescription("Reports that are kept whether the task succeeds or fails.")
        ReportsSpec reports,

        @Nullable
        @JsonPropertyDescription("Values with which the task is repeated, once per matrix cell.")
        @org.jspecify.annotations.Nullable
        MatrixSpec matrix,

        @Nullable
        @Min(1)
        @Max(64)
        @JsonPropertyDescription("Number of shards among which the tests of testList are divided, by their durations in"
                + " earlier runs. HEARTH_TESTS names a file with the tests of the shard, one per line.")
        @org.jspecify.annotations.Nullable
        Integer shards,

        @Nullable @JsonPropertyDescription("File that lists the tests for shards.") @org.jspecify.annotations.Nullable
        TestList testList,

        @Default("[]")
        @Size(max = 8)
        @JsonPropertyDescription("Containers that run beside the command in the same pod.")
        List<ServiceSpec> services,

        @Default("0")
        @Min(0)
        @Max(10)
        @JsonPropertyDescription(
                "How often the command is retried after a failure. A step that then succeeds is flaky.")
        int retries,

        @Default("false") @JsonPropertyDescription("Whether the run continues, and can succeed, if this task fails.")
        boolean continueOnError,

        @Nullable
        @JsonPropertyDescription("Resource requests and limits of the command's container.")
        @org.jspecify.annotations.Nullable
        Resources resources,

        @Default("Linux")
        @JsonPropertyDescription("Operating system of the image: Linux or Windows. A task for Windows has no reports,"
                + " artifacts or user, and its services are for Windows too.")
        OperatingSystem os,

        @Default("{}")
        @Size(max = 16)
        @JsonPropertyDescription(
                "Labels that the node must have. Well-known keys, such as kubernetes.io/arch, are allowed,"
                        + " and the keys that the CachePolicy allows.")
        Map<
                        @Size(max = SchemaPatterns.LABEL_KEY_LENGTH) String,
                        @Size(max = SchemaPatterns.LABEL_VALUE_LENGTH) @Pattern(SchemaPatterns.LABEL_VALUE) String>
                nodeSelector,

        @Default("[]")
        @Size(max = 16)
        @JsonPropertyDescription("Taints of nodes that the task tolerates, among those that the CachePolicy allows.")
        List<Toleration> tolerations,

        @Nullable
        @Size(min = 1, max = SchemaPatterns.OBJECT_LENGTH)
        @Pattern(SchemaPatterns.OBJECT)
        @JsonPropertyDescription("RuntimeClass of the task's pod, such as a sandbox, among those that the CachePolicy"
                + " allows. It applies to services too.")
        @org.jspecify.annotations.Nullable
        String runtimeClassName,

        @Nullable
        @Min(0)
        @Max(Integer.MAX_VALUE)
        @JsonPropertyDescription("User id of the command. By default 1000.")
        @org.jspecify.annotations.Nullable
        Long user,

        @Default("Restricted")
        @JsonPropertyDescription(
                "Pod Security level that the task's pod complies with: Restricted, Baseline (any user, and"
                        + " the default capabilities of containers) or Privileged. The CachePolicy sets the highest"
                        + " level for runs of trusted refs; other runs have Restricted. The namespace must allow the"
                        + " level.")
        PodSecurity podSecurity,

        @Default("30m")
        @Pattern(SchemaPatterns.DURATION)
        @Size(max = SchemaPatterns.DURATION_LENGTH)
        @ValidationRule(value = SchemaPatterns.NOT_ZERO, message = SchemaPatterns.NO_TIME)
        @JsonPropertyDescription("Time limit of the command, such as 15m.")
        String timeout)
        implements TaskSpecBuilder.With {

    /** A level of the Pod Security Standards of Kubernetes. */
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

    /** Returns the task for one matrix cell: with {@code fill} applied to every text, and these services. */
    public TaskSpec filled(UnaryOperator<String> fill, List<ServiceSpec> services) {
        return with().image(image == null ? null : fill.apply(image))
                .command(command.stream().map(fill).toList())
                .env(filled(env, fill))
                .services(services.stream().map(service -> service.filled(fill)).toList())
                .build();
    }

    static Map<String, String> filled(Map<String, String> env, UnaryOperator<String> fill) {
        return env.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, entry -> fill.apply(entry.getValue())));
    }

    /** Returns whether the matrix cells are known only after a file of an artifact was read. */
    public boolean hasComputedMatrix() {
        return testList != null || (matrix != null && matrix.from() != null);
    }
}
