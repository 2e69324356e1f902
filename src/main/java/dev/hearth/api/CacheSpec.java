package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Nullable;

/** A pipeline's say in how its caches are kept. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record CacheSpec(
        @Nullable
        @JsonPropertyDescription(
                "Name of a CachePolicy; without it the one marked as default, without that the cluster's default StorageClass.")
        @org.jspecify.annotations.Nullable
        String policy) {}
