package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** The approval of a run of a stranger's pull request. It is for one commit. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record RunApproval(
        @Required
        @Size(max = 40)
        @Pattern(SchemaPatterns.COMMIT)
        @JsonPropertyDescription("Commit that is approved: that of the run.")
        String commit,

        @io.fabric8.generator.annotation.Nullable
        @Size(max = 64)
        @Pattern(SchemaPatterns.DIGEST)
        @JsonPropertyDescription(
                "Digest of status.approval that is approved. If the pipeline, its definition or its Dockerfiles change before the run"
                        + " starts, it waits for another approval. By default any digest.")
        @Nullable
        String digest,

        @io.fabric8.generator.annotation.Nullable
        @Size(max = 256)
        @JsonPropertyDescription("Who has approved it, for people. Hearth sets it for a comment at the forge.")
        @Nullable
        String by) {}
