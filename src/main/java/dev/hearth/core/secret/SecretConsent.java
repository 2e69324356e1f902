package dev.hearth.core.secret;

import dev.hearth.core.glob.RefPattern;
import dev.hearth.core.secret.SecretUse.Reach;
import dev.hearth.core.status.StatusReason;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The consent in the annotations of a Secret. Without it, users who may edit pipelines but not read Secrets could read a
 * Secret by naming it in a pipeline.
 *
 * @param pipelines names of pipelines that may use the Secret; {@code *} is all pipelines of the namespace
 * @param hosts to which its content may be sent, with port unless it is the default port; {@code *} is all hosts
 * @param repositories patterns of those of forges at which it may be used, and used for nothing else; null if the Secret does
 *     not limit them
 */
public record SecretConsent(
        Set<String> pipelines, Set<String> hosts, @Nullable Set<String> repositories) {
    public static final String PIPELINES = "hearth.dev/pipelines";
    public static final String HOSTS = "hearth.dev/hosts";
    public static final String REPOSITORIES = "hearth.dev/repositories";
    private static final String ANY = "*";

    /** The consent of a Secret that does not exist or has no annotations. */
    public static final SecretConsent NONE = new SecretConsent(Set.of(), Set.of(), null);
    /** The consent of all Secrets in an installation that does not require consent. */
    public static final SecretConsent ALL = new SecretConsent(Set.of(ANY), Set.of(ANY), null);

    public static SecretConsent of(Map<String, String> annotations) {
        return new SecretConsent(
                parse(annotations.getOrDefault(PIPELINES, "")),
                parse(annotations.getOrDefault(HOSTS, "")),
                Optional.ofNullable(annotations.get(REPOSITORIES))
                        .map(SecretConsent::parse)
                        .orElse(null));
    }

    /** Returns why a pipeline may not use the Secret. Empty if it may. */
    public Optional<StatusReason> refusal(String namespace, String pipeline, SecretUse use) {
        if (use.exposed()) {
            return Optional.of(use.exposure());
        }
        var allowed = allows(pipelines, pipeline)
                && use.host().map(host -> allows(hosts, host)).orElse(true);
        if (!allowed) {
            return Optional.of(use.refusal(namespace, pipeline));
        }
        return repositories == null
                ? Optional.empty()
                : switch (use.reach()) {
                    case Reach.Repository(String path)
                    when !allowsRepository(repositories, path) -> Optional.of(use.repositoryRefusal(path));
                    case Reach.Repository _, Reach.Comparison _ -> Optional.empty();
                    case Reach.Unlimited _ -> Optional.of(use.unlimitedRefusal());
                };
    }

    /** Forges do not tell large letters from small ones in paths. */
    private static boolean allowsRepository(Set<String> repositories, String repository) {
        var path = repository.toLowerCase(Locale.ROOT);
        return repositories.stream().map(RefPattern::of).anyMatch(pattern -> pattern.matches(path));
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
