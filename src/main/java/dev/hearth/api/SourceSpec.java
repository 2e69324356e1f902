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
        value = "self.url.contains('://')",
        fieldPath = ".url",
        message = "write a full URL, and git@host:path as ssh://git@host/path")
@ValidationRule(
        value = "!self.url.contains('://') || self.url.startsWith('ssh://')"
                + " || self.url.matches('^(https?|git)://[^\\\\s@?#]+$')",
        fieldPath = ".url",
        message = "use an https, http, ssh or git URL without query or fragment, and without user unless it is ssh: put"
                + " credentials into a Secret and name it in source.credentials")
@ValidationRule(
        value = "!self.url.startsWith('ssh://') || self.url.matches('^ssh://([A-Za-z0-9_][A-Za-z0-9._-]*@)?"
                + "([A-Za-z0-9][A-Za-z0-9.-]*|\\\\[[0-9a-f:]+\\\\])(:[1-9][0-9]{0,4})?/[^\\\\s@?#]+$')",
        fieldPath = ".url",
        message =
                "write an SSH URL as ssh://user@host/path or ssh://user@host:port/path, with a number after the colon, an IPv6"
                        + " address in lower case, and without password")
@ValidationRule(
        value = "!self.url.startsWith('ssh://') || has(self.credentials)",
        fieldPath = ".credentials",
        message =
                "an ssh URL needs credentials: name a Secret of type kubernetes.io/ssh-auth that also has known_hosts")
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
                "URL of the repository: https://host/path.git, http://host/path.git, git://host/path or"
                        + " ssh://user@host:port/path, where the user is git by default.")
        String url,

        @io.fabric8.generator.annotation.Nullable
        @JsonPropertyDescription(
                "Secret with the credentials to read a private repository: of type kubernetes.io/basic-auth, or for an ssh"
                        + " URL of type kubernetes.io/ssh-auth with a private key without passphrase in ssh-privatekey and"
                        + " the keys of the server in known_hosts. The key ca.crt has certificates of authorities that are"
                        + " trusted for an https URL too. Runs of pull requests use it as well. Only a container that ends"
                        + " before the first step starts has it; no step of a run can read it.")
        @Nullable
        SecretReference credentials,

        @Default("false")
        @JsonPropertyDescription(
                "Whether the credentials, and the token of the forge, may be sent over plain HTTP, where everybody on the"
                        + " network can read them.")
        @Nullable
        Boolean allowPlainHttp) {

    /** Returns whether the repository is read over SSH, with a key in place of a password. */
    public boolean usesSsh() {
        return url.startsWith("ssh://");
    }

    public boolean allowsPlainHttp() {
        return Boolean.TRUE.equals(allowPlainHttp);
    }
}
