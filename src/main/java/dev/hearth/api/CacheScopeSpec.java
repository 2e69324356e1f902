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

/** The pipeline and ref of a cache scope. They cannot change, because the name of the scope is a hash of them. */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
        value = "self.pipeline == oldSelf.pipeline && self.ref == oldSelf.ref && self.trust == oldSelf.trust"
                + " && (has(self.source) ? self.source : '') == (has(oldSelf.source) ? oldSelf.source : '')",
        message = "pipeline, source, ref and trust of a cache scope cannot be changed: to clear the cache"
                + " delete the scope, and the next run creates a new one")
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
        @JsonPropertyDescription("URL of the repository that has the ref.")
        @org.jspecify.annotations.Nullable
        String source,

        @Required
        @JsonPropertyDescription("Trusted or Untrusted. Trusted and untrusted runs never share a cache volume.")
        Trust trust,

        @Size(max = 8) @JsonPropertyDescription("Platforms that have a cache volume.")
        List<@Size(max = 16) String> platforms,

        @Size(max = 2)
        @JsonPropertyDescription(
                "Operating systems that have a volume for task caches. That for Linux has the artifacts of tasks too.")
        List<OperatingSystem> taskCaches,

        @Nullable
        @Size(max = SchemaPatterns.OBJECT_LENGTH)
        @JsonPropertyDescription("Name of the CachePolicy. By default the policy that is marked as default.")
        @org.jspecify.annotations.Nullable
        String policy,

        @Nullable
        @Min(1)
        @Max(Integer.MAX_VALUE)
        @JsonPropertyDescription("Number of a sealed generation. The next run continues from this generation, and newer"
                + " generations are deleted. Each value takes effect once.")
        @org.jspecify.annotations.Nullable
        Integer rollbackTo) {

    public CacheScopeSpec {
        platforms = List.copyOf(orElse(platforms, List.of()));
        taskCaches = List.copyOf(orElse(taskCaches, List.of()));
    }
}
