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
@ValidationRule(
        value = "self.recipe.all(p, !p.startsWith('#') && p.matches(r'" + CacheSpec.RECIPE + "'))",
        fieldPath = ".recipe",
        message =
                "a recipe pattern is a path as in .gitignore, such as Cargo.* or scripts/**: without spaces, brackets,"
                        + " braces and backslashes, no # at the beginning, and at most three * between two slashes")
public record CacheSpec(
        @Nullable
        @Size(max = Patterns.OBJECT_LENGTH)
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
                        + " .gitignore at the root of the repository: a name without a slash matches in every directory,"
                        + " one with a slash from the root, * within a name, ** across directories, a / at the end only"
                        + " directories; a directory that matches counts with all in it, ! takes out what an earlier"
                        + " pattern matched, and the last that matches decides. Without any: the Dockerfiles of the"
                        + " builds, and the manifests and lock files of Cargo, Maven, Gradle, npm, yarn, pnpm, Go, pip,"
                        + " poetry and uv, where the repository uses them.")
        List<@Size(min = 1, max = 128) String> recipe) {

    private static final String NAME = "[^\\x00-\\x20\\x7f*/\\[\\]{}\\\\]*(\\*[^\\x00-\\x20\\x7f*/\\[\\]{}\\\\]*){0,3}";

    /**
     * Less than .gitignore takes: nothing that can be malformed or that means something else elsewhere. Every * more
     * multiplies the time that a long name takes to match.
     */
    static final String RECIPE = "^!?" + NAME + "(/" + NAME + ")*$";

    static final CacheSpec NONE = new CacheSpec(null, List.of(), List.of());

    public CacheSpec {
        imports = List.copyOf(orElse(imports, List.of()));
        recipe = List.copyOf(orElse(recipe, List.of()));
    }
}
