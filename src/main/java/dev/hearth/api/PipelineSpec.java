package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The wish of a {@link Pipeline}; a run freezes a copy of it. */
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
        value = "size(self.builds) + size(self.tasks) > 0",
        message = "nothing to do: list at least one entry in builds or tasks")
@ValidationRule(
        value = "self.tasks.map(t, t.command.map(c, size(c)).sum() + t.env.map(k, size(t.env[k])).sum()"
                + " + t.services.map(s, s.command.map(c, size(c)).sum() + s.env.map(k, size(s.env[k])).sum()).sum()).sum()"
                + " + self.builds.map(b, b.arguments.map(k, size(b.arguments[k])).sum()).sum() <= 262144",
        message =
                "commands, variables and build arguments have more than 262144 characters together, and every run keeps a"
                        + " copy of them: move long scripts into the repository or into an image")
@ValidationRule(
        value = "self.builds.all(b, self.builds.exists_one(o, o.name == b.name))",
        message = "two builds have the same name: give each build its own")
@ValidationRule(
        value = "self.tasks.all(t, self.tasks.exists_one(o, o.name == t.name))",
        message = "two tasks have the same name: give each task its own")
@ValidationRule(
        value = "self.tasks.all(t, !self.builds.exists(b, b.name == t.name))",
        message = "a task has the name of a build: needs could mean either, rename one of them")
@ValidationRule(
        value = "self.tasks.all(t, t.artifacts.all(a, self.builds.exists(b, b.name == a && b.artifact)"
                + " || self.tasks.exists(o, o.name == a && has(o.artifact))))",
        message = "a task lists an artifact that nothing makes: each entry of artifacts must name a build that has"
                + " artifact: true, or a task that has an artifact")
@ValidationRule(
        value =
                "self.tasks.all(t, !has(t.imageFrom) || self.builds.exists(b, b.name == t.imageFrom.build && has(b.push)"
                        + " && t.imageFrom.platform in b.platforms && (has(t.imageFrom.variant)"
                        + " ? b.variants.exists(v, v.name == t.imageFrom.variant) : size(b.variants) == 0)))",
        message =
                "imageFrom must name a build that has push, with one of its platforms, and one of its variants if it has"
                        + " any")
@ValidationRule(
        value =
                "self.tasks.all(t, t.needs.all(n, self.builds.exists(b, b.name == n) || self.tasks.exists(o, o.name == n)))",
        message = "a task needs something that does not exist: each entry of needs must name a build or another task of"
                + " this pipeline")
@ValidationRule(
        value = "self.tasks.all(t, !(t.name in t.needs))",
        message = "a task needs itself: remove its own name from needs")
@ValidationRule(
        value = "self.tasks.all(t, !(t.name in t.artifacts))",
        message = "a task mounts its own artifact: remove its own name from artifacts")
public record PipelineSpec(
        @Required @JsonPropertyDescription("Where the code is.")
        SourceSpec source,

        @Default("{}") @JsonPropertyDescription("Which refs start a run when they move.")
        TriggersSpec triggers,

        @io.fabric8.generator.annotation.Nullable
        @JsonPropertyDescription(
                "Which branches and tags are trusted: their runs get secrets, may push, and feed the caches that others"
                        + " start from. Those that it names and no others; if it is left out, the branch that the"
                        + " repository's HEAD names, and no tags. Pull requests never are. Name only what is protected"
                        + " in the repository: a pattern trusts everybody who may push such a branch. One that begins"
                        + " with a wildcard makes no branch a base of others' caches.")
        @Nullable
        RefSelection trust,

        @Default("{}") @JsonPropertyDescription("How this pipeline's caches are kept.")
        CacheSpec cache,

        @Default("90m")
        @Pattern(SchemaPatterns.DURATION)
        @Size(max = SchemaPatterns.DURATION_LENGTH)
        @ValidationRule(value = SchemaPatterns.NOT_ZERO, message = SchemaPatterns.NO_TIME)
        @JsonPropertyDescription("Time limit of a whole run, such as 90m or 1h30m.")
        String timeout,

        @Default("15m")
        @Pattern(SchemaPatterns.DURATION)
        @Size(max = SchemaPatterns.DURATION_LENGTH)
        @ValidationRule(value = SchemaPatterns.NOT_ZERO, message = SchemaPatterns.NO_TIME)
        @JsonPropertyDescription("How long a pod may wait for a node before its step fails.")
        String pendingTimeout,

        @Default("2")
        @Min(0)
        @Max(10)
        @JsonPropertyDescription(
                "How often a step is tried again that failed through no fault of its own: its node was lost, its pod was"
                        + " evicted or preempted, its image could not be pulled.")
        Integer infrastructureRetries,

        @Default("{}") @JsonPropertyDescription("Where the files that steps leave for later ones are kept.")
        ArtifactsSpec artifacts,

        @Default("{}") @JsonPropertyDescription("How long finished runs are kept.")
        HistorySpec history,

        @Default("[]")
        @Size(max = 32)
        @JsonPropertyDescription("What BuildKit builds; all builds start at once, one pod per platform.")
        List<BuildSpec> builds,

        @Default("[]")
        @Size(max = 64)
        @JsonPropertyDescription("Commands that run in pods of their own, each after what it needs.")
        List<TaskSpec> tasks) {

    public PipelineSpec {
        triggers = orElse(triggers, TriggersSpec.NONE);
        cache = orElse(cache, CacheSpec.NONE);
        timeout = orElse(timeout, "90m");
        pendingTimeout = orElse(pendingTimeout, "15m");
        infrastructureRetries = orElse(infrastructureRetries, 2);
        artifacts = orElse(artifacts, ArtifactsSpec.VOLUME);
        history = orElse(history, HistorySpec.DEFAULT);
        builds = List.copyOf(orElse(builds, List.of()));
        tasks = List.copyOf(orElse(tasks, List.of()));
    }

    /** What the spec names as trusted; one that leaves it out names nothing. */
    public RefSelection trusted() {
        return trust == null ? RefSelection.NONE : trust;
    }

    /** The same with other words on trust, and other builds. */
    public PipelineSpec with(RefSelection otherTrust, List<BuildSpec> otherBuilds) {
        return new PipelineSpec(
                source,
                triggers,
                otherTrust,
                cache,
                timeout,
                pendingTimeout,
                infrastructureRetries,
                artifacts,
                history,
                otherBuilds,
                tasks);
    }

    /** Jackson passes null for what a document leaves out; the API server's defaults fill it only on its own writes. */
    static <T> T orElse(@Nullable T value, T fallback) {
        return value == null ? fallback : value;
    }
}
