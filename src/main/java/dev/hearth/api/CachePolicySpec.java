package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Nullable;
import io.fabric8.generator.annotation.Pattern;

/** Storage of the caches that follow this policy. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record CachePolicySpec(
        @Default("false")
        @JsonProperty("default")
        @JsonPropertyDescription("Serves pipelines that name no policy; one policy at most should say so.")
        boolean isDefault,

        @Default("{}") @JsonPropertyDescription("Where volumes come from.")
        Storage storage) {

    public CachePolicySpec {
        storage = orElse(storage, new Storage(null, null));
    }

    /** Class and size of the volumes. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Storage(
            @Nullable
            @JsonPropertyDescription("StorageClass; the cluster's default one if left out.")
            @org.jspecify.annotations.Nullable
            String className,

            @Default(DEFAULT_SIZE)
            @Pattern("^[1-9][0-9]{0,5}(Mi|Gi|Ti)$")
            @JsonPropertyDescription("Size of each volume, such as 50Gi.")
            String size) {
        private static final String DEFAULT_SIZE = "20Gi";

        @SuppressWarnings("NullAway") // Jackson passes null for what a document leaves out
        public Storage(
                @org.jspecify.annotations.Nullable String className, @org.jspecify.annotations.Nullable String size) {
            this.className = className;
            this.size = orElse(size, DEFAULT_SIZE);
        }
    }
}
