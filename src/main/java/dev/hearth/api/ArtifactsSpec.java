package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Nullable;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** How the artifacts of a pipeline are stored, and for how long. */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
        value = "self.store != 'Registry' || has(self.repository)",
        fieldPath = ".repository",
        message = "store: Registry needs a repository: set one, for example registry.example/team/artifacts")
@ValidationRule(
        value =
                "!has(self.repository) || self.repository.matches('^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+$')",
        fieldPath = ".repository",
        message = "repository must be a registry and a path without a tag, for example"
                + " registry.example:5000/team/artifacts")
public record ArtifactsSpec(
        @Default("Volume")
        @JsonPropertyDescription(
                "Where artifacts are stored. Volume: those of builds on the cache volume of the ref and those of"
                        + " tasks on the volume of its task caches; tasks run only on nodes that can mount them, which is"
                        + " one node with most storage. Registry: pushed to the repository by digest, and mounted as images on any"
                        + " node.")
        Store store,

        @Nullable
        @Size(max = 255)
        @JsonPropertyDescription("Registry and path that artifacts are pushed to. Required with store: Registry.")
        @org.jspecify.annotations.Nullable
        String repository,

        @Nullable
        @JsonPropertyDescription("Secret of type kubernetes.io/dockerconfigjson with the credentials to push and pull"
                + " artifacts. Steps cannot read it.")
        @org.jspecify.annotations.Nullable
        SecretReference credentials,

        @Nullable
        @Pattern(SchemaPatterns.RETENTION)
        @Size(max = SchemaPatterns.DURATION_LENGTH)
        @JsonPropertyDescription(
                "How long the artifacts of a finished run are kept, such as 7d. By default as long as the"
                        + " run. Those on a volume are removed by the next build or the next task with an artifact on it, and are"
                        + " kept for the five newest finished runs of a ref at most.")
        @org.jspecify.annotations.Nullable
        String keepFor,

        @Default("true")
        @JsonPropertyDescription(
                "Whether a run reuses the artifact of an earlier run with the same artifact key instead of"
                        + " producing it again, and takes over the tasks that the branch's merge queue has run at the same"
                        + " commit.")
        @org.jspecify.annotations.Nullable
        Boolean reuse) {

    /** The default: on volumes of the ref, reused by later runs. */
    public static final ArtifactsSpec VOLUME =
            ArtifactsSpecBuilder.builder().store(Store.Volume).reuse(true).build();

    /** Where artifacts are stored. */
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
