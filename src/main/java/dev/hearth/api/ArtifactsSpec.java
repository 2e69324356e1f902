package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Nullable;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** How the files of a step reach the steps after it. */
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
        value = "self.store != 'Registry' || has(self.repository)",
        fieldPath = ".repository",
        message = "store: Registry needs a repository, for example registry.example/team/artifacts")
@ValidationRule(
        value = "!has(self.repository)"
                + " || self.repository.matches('^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+$')",
        fieldPath = ".repository",
        message = "name registry and path without a tag, for example registry.example:5000/team/artifacts")
@ValidationRule(
        value = "self.store == 'Registry' || !has(self.repository) && !has(self.credentials) && !has(self.keepFor)",
        fieldPath = ".store",
        message = "repository, credentials and keepFor are for store: Registry")
public record ArtifactsSpec(
        @Default("Volume")
        @JsonPropertyDescription(
                "Volume keeps artifacts on a volume of the run. Registry pushes them by digest to repository, so that the steps after may run on any node.")
        ArtifactStore store,

        @Nullable
        @Size(max = 255)
        @JsonPropertyDescription("Registry and path, without a tag: artifacts are known by digest alone.")
        @org.jspecify.annotations.Nullable
        String repository,

        @Nullable
        @JsonPropertyDescription(
                "Secret of type kubernetes.io/dockerconfigjson that may pull and push there. No task sees it.")
        @org.jspecify.annotations.Nullable
        SecretName credentials,

        @Nullable
        @Pattern("^([1-9][0-9]{0,3}d|[1-9][0-9]{0,4}h)$")
        @JsonPropertyDescription(
                "How long the registry keeps an artifact after its run has ended, such as 7d or 12h; as long as there is the run if left out.")
        @org.jspecify.annotations.Nullable
        String keepFor) {

    /** What holds without any. */
    public static final ArtifactsSpec DEFAULT = new ArtifactsSpec(ArtifactStore.Volume, null, null, null);

    @SuppressWarnings("NullAway") // Jackson passes null for what a document leaves out
    public ArtifactsSpec {
        store = orElse(store, ArtifactStore.Volume);
    }
}
