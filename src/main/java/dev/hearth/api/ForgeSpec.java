package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The forge that hosts the repository: how it tells Hearth of changes, and how Hearth reports results to it. */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
        value = "has(self.webhook) || has(self.token) || has(self.app)",
        message =
                "nothing to do: name the Secret of a webhook in webhook, or that of a token in token, or an App in app")
@ValidationRule(
        value = "!has(self.token) || !has(self.app)",
        fieldPath = ".token",
        message = "results are shown by one of token and app: remove token to use the App")
@ValidationRule(
        value = "!has(self.app) || self.type == 'GitHub'",
        fieldPath = ".app",
        message = "only GitHub has Apps: remove app, and name the Secret of a token in token")
@ValidationRule(
        value = "!has(self.statuses) || self.statuses == 'PerPipeline' || has(self.token) || has(self.app)",
        fieldPath = ".statuses",
        message = "nothing shows statuses of steps: name a token in token or an App in app, or remove statuses")
public record ForgeSpec(
        @Required @JsonPropertyDescription("Software of the forge: GitHub, GitLab, Gitea or Forgejo.")
        ForgeType type,

        @io.fabric8.generator.annotation.Nullable
        @Size(max = 256)
        @Pattern(SchemaPatterns.FORGE_URL)
        @JsonPropertyDescription(
                "URL of the forge, such as https://git.example.com. By default the host of source.url, with"
                        + " https:// if that is an ssh URL.")
        @Nullable
        String url,

        @io.fabric8.generator.annotation.Nullable
        @Size(max = 256)
        @Pattern(SchemaPatterns.FORGE_REPOSITORY)
        @JsonPropertyDescription(
                "Path of the repository at the forge, such as team/app. By default the path of source.url without .git.")
        @Nullable
        String repository,

        @io.fabric8.generator.annotation.Nullable
        @JsonPropertyDescription(
                "Secret whose key secret has the secret of the forge's webhook: at least 16 characters, or for GitLab"
                        + " a signing key that begins with whsec_. The webhook's address is"
                        + " https://HOST/v1alpha1/webhooks/NAMESPACE/PIPELINE.")
        @Nullable
        SecretReference webhook,

        @io.fabric8.generator.annotation.Nullable
        @JsonPropertyDescription(
                "Secret whose key token has an access token that may write commit statuses. With it each commit shows the"
                        + " result of its runs as one status, which can be required before a merge. The key ca.crt has"
                        + " certificates of authorities that are trusted for the forge too.")
        @Nullable
        SecretReference token,

        @io.fabric8.generator.annotation.Nullable
        @JsonPropertyDescription(
                "GitHub App that is installed at the repository, in place of token. With it each commit shows the result of"
                        + " its runs as a check run, with a table of the steps, annotations and buttons.")
        @Nullable
        ForgeApp app,

        @io.fabric8.generator.annotation.Nullable
        @Size(min = 1, max = 100)
        @Pattern(SchemaPatterns.STATUS_NAME)
        @JsonPropertyDescription(
                "Name of the commit status or check run. By default hearth/ and the pipeline's name. Pipelines that report to the same"
                        + " repository need different names.")
        @Nullable
        String statusName,

        @io.fabric8.generator.annotation.Nullable
        @JsonPropertyDescription(
                "PerPipeline or PerStep: whether each of the first 25 steps, and each task with a matrix, has a status or check"
                        + " run of its own as well, whose name is statusName, a slash and the name of the step or task. By default"
                        + " PerPipeline. With PerStep no other pipeline's statusName may begin with this one and a slash.")
        @Nullable
        StatusGranularity statuses) {

    /** Returns whether there is a token or an App, so that Hearth can ask the forge and show results. */
    public boolean hasCredentials() {
        return token != null || app != null;
    }

    /** Returns whether check runs have buttons: an App shows them, and its webhook tells that one was pressed. */
    public boolean hasButtons() {
        return app != null && webhook != null;
    }

    /** Returns whether each step has a status, too. */
    public boolean showsSteps() {
        return statuses == StatusGranularity.PerStep;
    }

    /** Returns whether a status of this name is that of a pipeline or of one of its steps. */
    public boolean isStatusOf(String pipeline, String name) {
        var own = statusName(pipeline);
        return name.equals(own) || (showsSteps() && name.startsWith(own + "/"));
    }

    /** Returns the name of the commit status of a pipeline. */
    public String statusName(String pipeline) {
        return Optional.ofNullable(statusName).orElse("hearth/" + pipeline);
    }
}
