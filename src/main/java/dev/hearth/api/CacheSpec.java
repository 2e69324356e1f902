package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Nullable;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** A pipeline's say in how its caches are kept. */
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(value = PatternSyntax.RECIPE_RULE, fieldPath = ".recipe", message = PatternSyntax.PATH_MESSAGE)
public record CacheSpec(
        @Nullable
        @Size(max = SchemaPatterns.OBJECT_LENGTH)
        @JsonPropertyDescription(
                "Name of a CachePolicy; without it the one marked as default, without that the cluster's default StorageClass.")
        @org.jspecify.annotations.Nullable
        String policy,

        @Default("[]")
        @Size(max = 8)
        @JsonPropertyDescription(
                "Images or cache references in registries that BuildKit imports where there is nothing better to start"
                        + " from; trust them as much as the branch itself.")
        List<@Size(min = 1, max = 255) @Pattern("^[a-zA-Z0-9][a-zA-Z0-9._:/@-]*$") String> imports,

        @Default("[]")
        @Size(max = 32)
        @JsonPropertyDescription(
                "Files that decide the dependencies: a cache made with the same ones is preferred. Patterns as in a"
                        + " .gitignore at the root of the repository (docs/patterns.md): a name without a slash matches in every directory,"
                        + " one with a slash from the root, * within a name, ** across directories, a / at the end only"
                        + " directories; a directory that matches counts with all in it, ! takes out what an earlier"
                        + " pattern matched, and the last that matches decides. Without any: the Dockerfiles of the"
                        + " builds, and the manifests and lock files of Cargo, Maven, Gradle, npm, yarn, pnpm, Go, pip,"
                        + " poetry and uv, where the repository uses them.")
        List<@Size(min = 1, max = 128) String> recipe) {

    static final CacheSpec NONE = new CacheSpec(null, List.of(), List.of());

    public CacheSpec {
        imports = List.copyOf(orElse(imports, List.of()));
        recipe = List.copyOf(orElse(recipe, List.of()));
    }
}
