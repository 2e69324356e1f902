package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Nullable;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** Where an image goes: by digest per platform first, then one index under each tag when every platform is there. */
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
        value = "self.repository.matches('^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+$')",
        fieldPath = ".repository",
        message = "name registry and path without a tag, for example registry.example:5000/team/app; tags go into tags")
@ValidationRule(
        value = "self.tags.all(t, t.matches('^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$'))",
        fieldPath = ".tags",
        message =
                "a tag has letters, digits, dots, dashes and underscores only, 64 at most, and starts with none of .-")
public record PushSpec(
        @Required @Size(max = 255) @JsonPropertyDescription("Registry and path, without a tag.")
        String repository,

        @Default("[]")
        @Size(max = 16)
        @JsonPropertyDescription("Tags to move to the image; without any it is pushed by digest only.")
        List<@Size(max = 64) String> tags,

        @Nullable
        @JsonPropertyDescription("Secret of type kubernetes.io/dockerconfigjson to push with.")
        @org.jspecify.annotations.Nullable
        SecretReference credentials,

        @Nullable
        @JsonPropertyDescription(
                "Refs whose runs push; they have to be trusted, too. The default branch and the tags of spec.trust if left"
                        + " out. Runs of other refs build the image and do not push it.")
        @org.jspecify.annotations.Nullable
        RefSelection refs) {

    public PushSpec {
        tags = List.copyOf(orElse(tags, List.of()));
    }

    /** The same, by runs of these refs. */
    public PushSpec by(RefSelection others) {
        return new PushSpec(repository, tags, credentials, others);
    }
}
