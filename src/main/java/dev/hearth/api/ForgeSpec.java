package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/** The forge that hosts the repository, and how it tells Hearth of changes. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ForgeSpec(
        @Required @JsonPropertyDescription("Software of the forge: GitHub, GitLab, Gitea or Forgejo.")
        ForgeType type,

        @Required
        @JsonPropertyDescription(
                "Secret whose key secret has the secret of the forge's webhook: at least 16 characters, or for GitLab"
                        + " a signing key that begins with whsec_. The webhook's address is"
                        + " https://HOST/v1alpha1/webhooks/NAMESPACE/PIPELINE.")
        SecretReference webhook) {}
