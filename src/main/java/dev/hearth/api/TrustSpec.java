package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** Refs whose runs get secrets, push, and feed the caches of others: name only what is protected in the repository. */
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
        value = "self.branches.all(p, p.matches(r'" + Globs.REF + "'))",
        fieldPath = ".branches",
        message = Globs.REF_MESSAGE)
@ValidationRule(
        value = "self.tags.all(p, p.matches(r'" + Globs.REF + "'))",
        fieldPath = ".tags",
        message = Globs.REF_MESSAGE)
public record TrustSpec(
        @Default("[]")
        @Size(max = 32)
        @JsonPropertyDescription(
                "Trusted branches, by name or pattern (docs/patterns.md): main, release/*. A pattern trusts everybody who may"
                        + " push such a branch. One that begins with a wildcard makes no branch a base of others' caches.")
        List<@Size(min = 1, max = 255) String> branches,

        @Default("[]") @Size(max = 32) @JsonPropertyDescription("Trusted tags, by name or pattern: v*.")
        List<@Size(min = 1, max = 255) String> tags) {

    /** Of a pipeline that says nothing, as long as the repository's default branch is not known. */
    static final TrustSpec NOTHING = new TrustSpec(List.of(), List.of());

    public TrustSpec {
        branches = List.copyOf(orElse(branches, List.of()));
        tags = List.copyOf(orElse(tags, List.of()));
    }
}
