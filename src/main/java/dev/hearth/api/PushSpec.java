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

/** Where an image is pushed: by digest for each platform, then as one image index under each tag. */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
        value = "self.repository.matches('^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+$')",
        fieldPath = ".repository",
        message = "repository must be a registry and a path without a tag, for example"
                + " registry.example:5000/team/app; tags go into tags")
@ValidationRule(
        value = "self.tags.all(t, t.matches('^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$'))",
        fieldPath = ".tags",
        message = "a tag has letters, digits, dots, dashes and underscores only, 64 at most, and does not"
                + " begin with a dot or a dash: correct the entry of tags")
public record PushSpec(
        @Required @Size(max = 255) @JsonPropertyDescription("Registry and path of the image, without a tag.")
        String repository,

        @Default("[]")
        @Size(max = 16)
        @JsonPropertyDescription("Tags that are moved to the image. Without tags it is pushed by digest only.")
        List<@Size(max = 64) String> tags,

        @Nullable
        @JsonPropertyDescription("Secret of type kubernetes.io/dockerconfigjson with the credentials to push.")
        @org.jspecify.annotations.Nullable
        SecretReference credentials,

        @Nullable
        @JsonPropertyDescription(
                "Refs whose runs push the image. They must also be trusted. By default the default branch"
                        + " and the tags of spec.trust. Runs of other refs build the image and do not push it.")
        @org.jspecify.annotations.Nullable
        RefSelection refs)
        implements PushSpecBuilder.With {

    public PushSpec {
        tags = List.copyOf(orElse(tags, List.of()));
    }
}
