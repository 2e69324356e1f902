package dev.hearth.core.secret;

import dev.hearth.core.status.StatusReason;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The consent in the annotations of a Secret. Without it, users who may edit pipelines but not read Secrets could read a
 * Secret by naming it in a pipeline.
 *
 * @param pipelines names of pipelines that may use the Secret; {@code *} is all pipelines of the namespace
 * @param hosts to which its content may be sent, with port unless it is the default port; {@code *} is all hosts
 */
public record SecretConsent(Set<String> pipelines, Set<String> hosts) {
    public static final String PIPELINES = "hearth.dev/pipelines";
    public static final String HOSTS = "hearth.dev/hosts";
    private static final String ANY = "*";

    /** The consent of a Secret that does not exist or has no annotations. */
    public static final SecretConsent NONE = new SecretConsent(Set.of(), Set.of());
    /** The consent of all Secrets in an installation that does not require consent. */
    public static final SecretConsent ALL = new SecretConsent(Set.of(ANY), Set.of(ANY));

    public static SecretConsent of(Map<String, String> annotations) {
        return new SecretConsent(
                parse(annotations.getOrDefault(PIPELINES, "")), parse(annotations.getOrDefault(HOSTS, "")));
    }

    /** Returns why a pipeline may not use the Secret. Empty if it may. */
    public Optional<StatusReason> refusal(String namespace, String pipeline, SecretUse use) {
        if (use.exposed()) {
            return Optional.of(use.exposure());
        }
        var allowed = allows(pipelines, pipeline)
                && use.host().map(host -> allows(hosts, host)).orElse(true);
        return allowed ? Optional.empty() : Optional.of(use.refusal(namespace, pipeline));
    }

    private static boolean allows(Set<String> allowed, String name) {
        return allowed.contains(ANY) || allowed.contains(name);
    }

    private static Set<String> parse(String list) {
        return Arrays.stream(list.toLowerCase(Locale.ROOT).split("[,\\s]+"))
                .filter(name -> !name.isEmpty())
                .collect(Collectors.toUnmodifiableSet());
    }
}
