package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Nullable;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** Whose cache this is; fixed, since the scope's name is a hash of it. */
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
        value = "self.pipeline == oldSelf.pipeline && self.ref == oldSelf.ref && self.trust == oldSelf.trust"
                + " && (has(self.source) ? self.source : '') == (has(oldSelf.source) ? oldSelf.source : '')",
        message =
                "a scope belongs to one pipeline, repository and ref: delete it to clear the cache, the next run makes a new one")
public record CacheScopeSpec(
        @Required
        @Size(min = 1, max = SchemaPatterns.PIPELINE_LENGTH)
        @Pattern(SchemaPatterns.OBJECT)
        @JsonPropertyDescription("Name of the Pipeline.")
        String pipeline,

        @Required @Size(max = SchemaPatterns.REF_LENGTH) @JsonPropertyDescription("Full name of the git ref.")
        String ref,

        @Nullable
        @Size(max = 512)
        @JsonPropertyDescription("URL of the repository that the ref is of.")
        @org.jspecify.annotations.Nullable
        String source,

        @Required @JsonPropertyDescription("Trusted or Untrusted; the two never share a volume.")
        Trust trust,

        @Size(max = 8) @JsonPropertyDescription("Platforms that have a volume.")
        List<@Size(max = 16) String> platforms,

        @Size(max = 2) @JsonPropertyDescription("Operating systems that have a volume for the directories of tasks.")
        List<OperatingSystem> taskCaches,

        @Nullable
        @Size(max = SchemaPatterns.OBJECT_LENGTH)
        @JsonPropertyDescription("Name of the CachePolicy; the default one if left out.")
        @org.jspecify.annotations.Nullable
        String policy,

        @Nullable
        @Min(1)
        @Max(Integer.MAX_VALUE)
        @JsonPropertyDescription(
                "Number of a sealed generation. The next run starts from it; newer ones are dropped. Followed once for each value.")
        @org.jspecify.annotations.Nullable
        Integer rollbackTo) {

    public CacheScopeSpec {
        platforms = List.copyOf(orElse(platforms, List.of()));
        taskCaches = List.copyOf(orElse(taskCaches, List.of()));
    }
}
