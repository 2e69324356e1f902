package dev.hearth.webhook;

import dev.hearth.api.ForgeType;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The names of a forge's headers and events. Which forge it is comes from the pipeline, never from the request: Gitea and
 * Forgejo send GitHub's headers, too.
 *
 * @param event name of the header with the event
 * @param id name of the header with the identifier of the delivery
 * @param wanted events after which refs may have changed, or there may be a command
 */
record ForgeHeaders(String event, String id, Set<String> wanted) {
    private static final Set<String> OF_GITHUB =
            Set.of("push", "create", "delete", "pull_request", "merge_group", "issue_comment");

    /** Events of check runs that tell of buttons. Most of them tell what Hearth itself has written. */
    static final Set<String> OF_CHECKS = Set.of("check_run", "check_suite");

    private static final Set<String> OF_GITLAB =
            Set.of("Push Hook", "Tag Push Hook", "Merge Request Hook", "Note Hook");
    private static final Set<String> OF_GITEA = Set.of("push", "create", "delete", "pull_request", "issue_comment");
    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9][A-Za-z0-9 _.-]{0,63}");

    static ForgeHeaders of(ForgeType forge) {
        return switch (forge) {
            case GitHub -> new ForgeHeaders("X-GitHub-Event", "X-GitHub-Delivery", OF_GITHUB);
            case GitLab -> new ForgeHeaders("X-Gitlab-Event", "X-Gitlab-Event-UUID", OF_GITLAB);
            case Gitea -> new ForgeHeaders("X-Gitea-Event", "X-Gitea-Delivery", OF_GITEA);
            case Forgejo -> new ForgeHeaders("X-Forgejo-Event", "X-Forgejo-Delivery", OF_GITEA);
        };
    }

    /** Returns the event of a request. Empty if it has none that a forge would send. */
    Optional<String> event(Function<String, @Nullable String> header) {
        return word(header.apply(event));
    }

    /** Returns the identifier of a request's delivery. Empty if it has none that a forge would send. */
    Optional<String> id(Function<String, @Nullable String> header) {
        return word(header.apply(id));
    }

    private static Optional<String> word(@Nullable String text) {
        return Optional.ofNullable(text).filter(it -> WORD.matcher(it).matches());
    }
}
