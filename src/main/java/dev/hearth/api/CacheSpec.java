package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Nullable;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** A pipeline's say in how its caches are kept. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record CacheSpec(
        @Nullable
        @JsonPropertyDescription(
                "Name of a CachePolicy; without it the one marked as default, without that the cluster's default StorageClass.")
        @org.jspecify.annotations.Nullable
        String policy,

        @Default("[]")
        @Size(max = 8)
        @JsonPropertyDescription(
                "Images or cache references in registries that BuildKit imports where there is nothing better to start"
                        + " from; trust them as much as the branch itself.")
        List<@Size(min = 1, max = 255) @Pattern("^[a-zA-Z0-9][a-zA-Z0-9._:/@-]*$") String> imports) {

    public CacheSpec {
        imports = List.copyOf(orElse(imports, List.of()));
    }
}
