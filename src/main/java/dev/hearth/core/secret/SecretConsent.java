package dev.hearth.core.secret;

import dev.hearth.core.status.StatusReason;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the annotations of a Secret allow. Who may edit pipelines may not always read Secrets: without consent, naming one
 * in a pipeline would be a way to read it.
 *
 * @param pipelines names of pipelines that may use it; {@code *} is all of the namespace
 * @param hosts that its content may be sent to, with port unless it is the protocol's own; {@code *} is any
 */
public record SecretConsent(Set<String> pipelines, Set<String> hosts) {
    public static final String PIPELINES = "hearth.dev/pipelines";
    public static final String HOSTS = "hearth.dev/hosts";
    private static final String ANY = "*";

    /** Of a Secret that does not exist, or says nothing. */
    public static final SecretConsent NONE = new SecretConsent(Set.of(), Set.of());
    /** Where the installation does not ask Secrets. */
    public static final SecretConsent ALL = new SecretConsent(Set.of(ANY), Set.of(ANY));

    public static SecretConsent of(Map<String, String> annotations) {
        return new SecretConsent(
                names(annotations.getOrDefault(PIPELINES, "")), names(annotations.getOrDefault(HOSTS, "")));
    }

    /** Why a pipeline may not use the Secret in this way; empty if it may. */
    public Optional<StatusReason> refusal(String namespace, String pipeline, SecretUse use) {
        if (use.exposed()) {
            return Optional.of(use.exposure());
        }
        var allowed = names(pipelines, pipeline)
                && use.host().map(host -> names(hosts, host)).orElse(true);
        return allowed ? Optional.empty() : Optional.of(use.refusal(namespace, pipeline));
    }

    private static boolean names(Set<String> allowed, String name) {
        return allowed.contains(ANY) || allowed.contains(name);
    }

    private static Set<String> names(String list) {
        return Arrays.stream(list.toLowerCase(Locale.ROOT).split("[,\\s]+"))
                .filter(name -> !name.isEmpty())
                .collect(Collectors.toUnmodifiableSet());
    }
}
