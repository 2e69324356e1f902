package dev.hearth.core.retention;

import dev.hearth.core.ref.GitRef;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The state of a scope's ref, as retention needs it.
 *
 * @param closedSince when the operator first observed the repository without the ref; empty while the ref exists
 * @param defaultBranch whether the ref is the repository's default branch
 */
public record RefState(Optional<Instant> closedSince, boolean defaultBranch) {

    /** Reads the state from a scope's annotations, which no schema checks: an invalid time counts as long ago. */
    public static RefState parse(@Nullable String closedSince, boolean defaultBranch) {
        return new RefState(Optional.ofNullable(closedSince).map(RefState::time), defaultBranch);
    }

    private static Instant time(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException _) {
            return Instant.EPOCH;
        }
    }

    /**
     * Which of the requested refs a repository had when its refs were listed.
     *
     * @param present requested refs that exist
     * @param missing requested refs that do not exist
     * @param defaultBranch full name of the branch that its HEAD names
     * @param startedAt when the listing started: it says nothing about scopes that were created later
     */
    public record Observation(
            Set<String> present, Set<String> missing, Optional<String> defaultBranch, Instant startedAt) {

        /** Evaluates a listing. A repository without any refs is probably being set up again, so no ref counts as missing. */
        public static Observation at(
                Set<String> refs, Set<String> requested, @Nullable String defaultBranch, Instant startedAt) {
            var branch = Optional.ofNullable(defaultBranch);
            if (refs.isEmpty()) {
                return new Observation(Set.of(), Set.of(), branch, startedAt);
            }
            var found = requested.stream()
                    .collect(Collectors.partitioningBy(refs::contains, Collectors.toUnmodifiableSet()));
            return new Observation(
                    Objects.requireNonNull(found.get(true)),
                    Objects.requireNonNull(found.get(false)),
                    branch,
                    startedAt);
        }
    }

    /**
     * Returns the state after an observation.
     *
     * @param created when the scope was created
     */
    public RefState after(Observation observation, String ref, Instant created) {
        return new RefState(
                closedSince(observation, ref, created),
                observation.defaultBranch().filter(ref::equals).isPresent());
    }

    /** Returns the state of a scope of another repository than the observed one, which its pipeline follows now: closed. */
    public RefState abandoned(Observation observation, Instant created) {
        return new RefState(closedSince.or(() -> startIfCovered(observation, created)), false);
    }

    /** Returns the start of an observation; empty if the scope was created after it. */
    private static Optional<Instant> startIfCovered(Observation observation, Instant created) {
        return Optional.of(observation.startedAt()).filter(start -> !created.isAfter(start));
    }

    private Optional<Instant> closedSince(Observation observation, String ref, Instant created) {
        if (observation.present().contains(ref)) {
            return Optional.empty();
        }
        if (!observation.missing().contains(ref) || GitRef.of(ref).kind() == GitRef.Kind.OTHER) {
            return closedSince;
        }
        return closedSince.or(() -> startIfCovered(observation, created));
    }
}
