package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** A git repository, and the credentials to read it. */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
        value = "self.url.matches('^(https?|git)://[^\\\\s@?#]+$')",
        fieldPath = ".url",
        message = "use an http, https or git URL without user, query or fragment: put credentials into a"
                + " Secret and name it in source.credentials")
@ValidationRule(
        value = "!self.url.startsWith('http') || self.url.endsWith('.git')",
        fieldPath = ".url",
        message = "end an http(s) URL with .git: BuildKit downloads any other URL as a file")
@ValidationRule(
        value =
                "!has(self.credentials) || !self.url.startsWith('http://') || (has(self.allowPlainHttp) && self.allowPlainHttp)",
        fieldPath = ".credentials",
        message = "credentials would be sent unencrypted: use an https URL, or set allowPlainHttp to true")
public record SourceSpec(
        @Required
        @Size(max = 512)
        @JsonPropertyDescription(
                "URL of the repository: https://host/path.git, http://host/path.git or git://host/path.")
        String url,

        @io.fabric8.generator.annotation.Nullable
        @JsonPropertyDescription(
                "Secret of type kubernetes.io/basic-auth with the credentials to read a private repository."
                        + " Runs of pull requests use it as well. Only a container that ends before the first step"
                        + " starts has it; no step of a run can read it.")
        @Nullable
        SecretReference credentials,

        @Default("false")
        @JsonPropertyDescription(
                "Whether the credentials, and the token of the forge, may be sent over plain HTTP, where everybody on the"
                        + " network can read them.")
        @Nullable
        Boolean allowPlainHttp) {

    public boolean allowsPlainHttp() {
        return Boolean.TRUE.equals(allowPlainHttp);
    }
}
