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

/** The desired state of a {@link Pipeline}. Each run records a copy in its status. */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
        value = "has(self.definition) || size(self.builds) + size(self.tasks) > 0",
        message = "nothing to do: list at least one entry in builds or tasks, or name in definition the file of the"
                + " repository that lists them")
@ValidationRule(
        value = "!has(self.definition) || size(self.builds) + size(self.tasks) == 0",
        fieldPath = ".definition",
        message = "with definition, builds and tasks are read from the repository: move those of the pipeline into the"
                + " file, or remove definition")
@ValidationRule(
        value = "self.tasks.map(t, t.command.map(c, size(c)).sum() + t.env.map(k, size(t.env[k])).sum()"
                + " + t.services.map(s, s.command.map(c, size(c)).sum() + s.env.map(k, size(s.env[k])).sum()).sum()).sum()"
                + " + self.builds.map(b, b.arguments.map(k, size(b.arguments[k])).sum()).sum() <= 262144",
        message = "commands, variables and build arguments have more than 262144 characters together, and"
                + " every run records a copy of them: move long scripts into the repository or into an image")
@ValidationRule(
        value = "self.builds.all(b, self.builds.exists_one(o, o.name == b.name))",
        message = "two builds have the same name: give each build its own name")
@ValidationRule(
        value = "self.tasks.all(t, self.tasks.exists_one(o, o.name == t.name))",
        message = "two tasks have the same name: give each task its own name")
@ValidationRule(
        value = "self.tasks.all(t, !self.builds.exists(b, b.name == t.name))",
        message =
                "a task has the name of a build, so that an entry of needs would be ambiguous: rename one" + " of them")
@ValidationRule(
        value = "self.tasks.all(t, t.artifacts.all(a, self.builds.exists(b, b.name == a && b.artifact)"
                + " || self.tasks.exists(o, o.name == a && has(o.artifact))))",
        message = "a task lists an artifact that no build or task produces: each entry of artifacts must name"
                + " a build that has artifact: true, or a task that has an artifact")
@ValidationRule(
        value =
                "self.tasks.all(t, !has(t.imageFrom) || self.builds.exists(b, b.name == t.imageFrom.build && has(b.push)"
                        + " && t.imageFrom.platform in b.platforms && (has(t.imageFrom.variant)"
                        + " ? b.variants.exists(v, v.name == t.imageFrom.variant) : size(b.variants) == 0)))",
        message = "imageFrom must name a build that has push, one of its platforms, and one of its variants"
                + " if the build has variants")
@ValidationRule(
        value =
                "self.tasks.all(t, t.needs.all(n, self.builds.exists(b, b.name == n) || self.tasks.exists(o, o.name == n)))",
        message = "a task needs something that does not exist: each entry of needs must name a build or another task of"
                + " this pipeline")
@ValidationRule(
        value = "self.tasks.all(t, !(t.name in t.needs))",
        message = "a task needs itself: remove its own name from needs")
@ValidationRule(
        value = "!has(self.forge) || !(has(self.forge.token) || has(self.forge.app))"
                + " || (has(self.forge.url) && has(self.forge.repository))"
                + " || self.source.url.startsWith('http') || self.source.url.startsWith('ssh://')",
        fieldPath = ".forge",
        message = "source.url does not tell where the API of the forge is: set forge.url and forge.repository")
@ValidationRule(
        value = "!has(self.forge) || !(has(self.forge.token) || has(self.forge.app))"
                + " || !(has(self.forge.url) ? self.forge.url : self.source.url).startsWith('http://')"
                + " || (has(self.source.allowPlainHttp) && self.source.allowPlainHttp)",
        fieldPath = ".forge",
        message =
                "the token would be sent unencrypted: use an https URL in forge.url, or set source.allowPlainHttp to true")
@ValidationRule(
        value = "(self.triggers.pullRequests.drafts == 'Run' && size(self.triggers.pullRequests.onlyLabels) == 0"
                + " && size(self.triggers.pullRequests.ignoreLabels) == 0)"
                + " || (has(self.forge) && (has(self.forge.token) || has(self.forge.app)))",
        fieldPath = ".triggers.pullRequests",
        message =
                "drafts and labels are known by the forge alone: set forge.token or forge.app, or leave drafts, onlyLabels and"
                        + " ignoreLabels out")
@ValidationRule(
        value = "self.tasks.all(t, !(t.name in t.artifacts))",
        message = "a task mounts its own artifact: remove its own name from artifacts")
public record PipelineSpec(
        @Required @JsonPropertyDescription("Git repository with the code.")
        SourceSpec source,

        @io.fabric8.generator.annotation.Nullable
        @JsonPropertyDescription(
                "The forge that hosts the repository: it tells Hearth of changes by a webhook, and shows the results of"
                        + " runs at their commits.")
        @Nullable
        ForgeSpec forge,

        @Default("{}") @JsonPropertyDescription("Refs that start a run when they move to a new commit, and schedules.")
        TriggersSpec triggers,

        @Default("false")
        @JsonPropertyDescription(
                "Whether Hearth starts no runs. status.preview then says which it would start. Runs that users create, and"
                        + " those that have been created before, are not affected.")
        @Nullable
        Boolean suspend,

        @io.fabric8.generator.annotation.Nullable
        @JsonPropertyDescription(
                "Branches and tags that are trusted. Their runs get Secrets, may push, and write caches"
                        + " that seed others. If the field is set, only the refs that it names are trusted; by default"
                        + " only the branch that the repository's HEAD names, and no tags. Pull requests are never"
                        + " trusted. Name only refs that are protected in the repository: a pattern trusts everybody"
                        + " who may push a ref that it matches. A pattern that begins with a wildcard makes no branch"
                        + " a seed ref of others.")
        @Nullable
        RefSelection trust,

        @Default("{}") @JsonPropertyDescription("Caches of this pipeline.")
        CacheSpec cache,

        @Default("90m")
        @Pattern(SchemaPatterns.DURATION)
        @Size(max = SchemaPatterns.DURATION_LENGTH)
        @ValidationRule(value = SchemaPatterns.NOT_ZERO, message = SchemaPatterns.NO_TIME)
        @JsonPropertyDescription("Time limit of a run, such as 90m or 1h30m.")
        String timeout,

        @Default("15m")
        @Pattern(SchemaPatterns.DURATION)
        @Size(max = SchemaPatterns.DURATION_LENGTH)
        @ValidationRule(value = SchemaPatterns.NOT_ZERO, message = SchemaPatterns.NO_TIME)
        @JsonPropertyDescription("How long a pod may stay unscheduled before its step fails.")
        String pendingTimeout,

        @Default("2")
        @Min(0)
        @Max(10)
        @JsonPropertyDescription(
                "How often a step is retried after a failure of the infrastructure, such as a lost node, an"
                        + " evicted or preempted pod, or an image that could not be pulled.")
        Integer infrastructureRetries,

        @Default("{}") @JsonPropertyDescription("Which runs are cancelled because their ref has moved on.")
        ConcurrencySpec concurrency,

        @Default("{}") @JsonPropertyDescription("How artifacts are stored and reused.")
        ArtifactsSpec artifacts,

        @Default("{}") @JsonPropertyDescription("How many finished runs are kept, and how long.")
        HistorySpec history,

        @io.fabric8.generator.annotation.Nullable
        @JsonPropertyDescription(
                "File of the repository that lists the builds and tasks, in place of the pipeline (docs/definition.md).")
        @Nullable
        DefinitionSpec definition,

        @Default("[]")
        @Size(max = 32)
        @JsonPropertyDescription(
                "Builds, each a target of the repository's Dockerfile. All builds start at once, in one pod"
                        + " per platform.")
        List<BuildSpec> builds,

        @Default("[]")
        @Size(max = 64)
        @JsonPropertyDescription("Tasks, each a command that runs in a pod of its own once the builds and tasks that it"
                + " needs have succeeded.")
        List<TaskSpec> tasks)
        implements PipelineSpecBuilder.With {

    public PipelineSpec {
        triggers = orElse(triggers, TriggersSpec.NONE);
        cache = orElse(cache, CacheSpec.NONE);
        timeout = orElse(timeout, "90m");
        pendingTimeout = orElse(pendingTimeout, "15m");
        infrastructureRetries = orElse(infrastructureRetries, 2);
        concurrency = orElse(concurrency, ConcurrencySpec.DEFAULT);
        artifacts = orElse(artifacts, ArtifactsSpec.VOLUME);
        history = orElse(history, HistorySpec.DEFAULT);
        builds = List.copyOf(orElse(builds, List.of()));
        tasks = List.copyOf(orElse(tasks, List.of()));
    }

    /** Returns whether Hearth starts no runs. */
    public boolean suspends() {
        return Boolean.TRUE.equals(suspend);
    }

    /** Returns the refs that the spec names as trusted. Names no refs if the spec has no trust. */
    public RefSelection trusted() {
        return trust == null ? RefSelection.NONE : trust;
    }

    /** Jackson passes null for an omitted field. The API server adds defaults only to objects that pass through it. */
    static <T> T orElse(@Nullable T value, T fallback) {
        return value == null ? fallback : value;
    }
}
