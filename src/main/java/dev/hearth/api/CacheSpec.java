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

/** The part of a pipeline's spec about its caches. */
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(value = PatternSyntax.RECIPE_RULE, fieldPath = ".recipe", message = PatternSyntax.PATH_MESSAGE)
public record CacheSpec(
        @Nullable
        @Size(max = SchemaPatterns.OBJECT_LENGTH)
        @JsonPropertyDescription(
                "Name of a CachePolicy. By default the policy that is marked as default; if there is none,"
                        + " the cluster's default StorageClass with the default values of a CachePolicy.")
        @org.jspecify.annotations.Nullable
        String policy,

        @Default("[]")
        @Size(max = 8)
        @JsonPropertyDescription(
                "Images or cache references in registries that BuildKit imports when there is no better"
                        + " seed. Trust them as much as the branch itself.")
        List<@Size(min = 1, max = 255) @Pattern("^[a-zA-Z0-9][a-zA-Z0-9._:/@-]*$") String> imports,

        @Default("[]")
        @Size(max = 32)
        @JsonPropertyDescription("Files that decide the dependencies. A cache that was written with the same content of"
                + " these files is preferred as seed. Patterns have the syntax of a .gitignore at the root of"
                + " the repository (docs/patterns.md): a name without a slash matches in every directory, a"
                + " pattern with a slash matches from the root, * matches within a name, ** across"
                + " directories, and a slash at the end only directories. A directory that matches includes"
                + " all files in it, ! excludes what an earlier pattern matched, and the last pattern that"
                + " matches decides. By default the Dockerfiles of the builds, and the manifests and lock"
                + " files of Cargo, Maven, Gradle, npm, yarn, pnpm, Go, pip, poetry and uv that the repository"
                + " has.")
        List<@Size(min = 1, max = 128) String> recipe) {

    static final CacheSpec NONE = new CacheSpec(null, List.of(), List.of());

    public CacheSpec {
        imports = List.copyOf(orElse(imports, List.of()));
        recipe = List.copyOf(orElse(recipe, List.of()));
    }
}
