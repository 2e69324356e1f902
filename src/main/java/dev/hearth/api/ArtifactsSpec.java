package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Nullable;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** Where the files that steps leave for later ones are kept, and for how long. */
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
        value = "self.store != 'Registry' || has(self.repository)",
        fieldPath = ".repository",
        message = "store: Registry needs a repository, for example registry.example/team/artifacts")
@ValidationRule(
        value =
                "!has(self.repository) || self.repository.matches('^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+$')",
        fieldPath = ".repository",
        message = "name registry and path without a tag, for example registry.example:5000/team/artifacts")
public record ArtifactsSpec(
        @Default("Volume")
        @JsonPropertyDescription(
                "Volume: on a volume of the run, so its tasks run where that can be mounted, which for most storage is one"
                        + " node. Registry: pushed by digest to the repository and mounted as images, on any node.")
        Store store,

        @Nullable
        @Size(max = 255)
        @JsonPropertyDescription("Registry and path that artifacts are pushed to.")
        @org.jspecify.annotations.Nullable
        String repository,

        @Nullable
        @JsonPropertyDescription(
                "Secret of type kubernetes.io/dockerconfigjson to push and pull with; no step can reach it.")
        @org.jspecify.annotations.Nullable
        SecretReference credentials,

        @Nullable
        @Pattern(SchemaPatterns.RETENTION)
        @Size(max = SchemaPatterns.DURATION_LENGTH)
        @JsonPropertyDescription(
                "How long the artifacts of a finished run are kept, such as 7d; as long as the run if left out."
                        + " 0m removes them as soon as the run has finished.")
        @org.jspecify.annotations.Nullable
        String keepFor,

        @Default("true")
        @JsonPropertyDescription(
                "Whether a run uses an artifact of an earlier one whose inputs are the same instead of making it again.")
        @org.jspecify.annotations.Nullable
        Boolean reuse) {

    /** Of a pipeline that says nothing. */
    public static final ArtifactsSpec VOLUME = new ArtifactsSpec(Store.Volume, null, null, null, true);

    /** Where artifacts are kept. */
    public enum Store {
        Volume,
        Registry
    }

    public ArtifactsSpec {
        store = orElse(store, Store.Volume);
        reuse = orElse(reuse, true);
    }

    public boolean reuses() {
        return Boolean.TRUE.equals(reuse);
    }
}
