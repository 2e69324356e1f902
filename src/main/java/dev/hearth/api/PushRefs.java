package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** Refs whose runs push, as far as they are trusted. */
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
        value = "self.branches.all(p, p.matches(r'" + Globs.REF + "'))",
        fieldPath = ".branches",
        message = Globs.REF_MESSAGE)
@ValidationRule(
        value = "self.tags.all(p, p.matches(r'" + Globs.REF + "'))",
        fieldPath = ".tags",
        message = Globs.REF_MESSAGE)
public record PushRefs(
        @Default("[]")
        @Size(max = 32)
        @JsonPropertyDescription("Branches that push, by name or pattern (docs/patterns.md): main, release/*.")
        List<@Size(min = 1, max = 255) String> branches,

        @Default("[]") @Size(max = 32) @JsonPropertyDescription("Tags that push, by name or pattern: v*.")
        List<@Size(min = 1, max = 255) String> tags) {

    public PushRefs {
        branches = List.copyOf(orElse(branches, List.of()));
        tags = List.copyOf(orElse(tags, List.of()));
    }
}
