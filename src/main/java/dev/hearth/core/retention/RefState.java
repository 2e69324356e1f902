package dev.hearth.core.retention;

import dev.hearth.core.ref.GitRef;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What retention has to know of a scope's ref.
 *
 * @param closedSince when the repository was first seen without it; empty while it has it
 * @param defaultBranch whether it is the repository's default branch
 */
public record RefState(Optional<Instant> closedSince, boolean defaultBranch) {

    /** Marks as they are written on a scope, where no schema checks them: what is no time is one long ago. */
    public static RefState written(Optional<String> closedSince, boolean defaultBranch) {
        return new RefState(closedSince.map(RefState::time), defaultBranch);
    }

    private static Instant time(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException _) {
            return Instant.EPOCH;
        }
    }

    /**
     * What a repository had of the refs that it was asked for.
     *
     * @param present refs that it had
     * @param missing refs that it did not have
     * @param defaultBranch full name of the branch that its HEAD is
     * @param begun when it was asked: what was made later is not judged by it
     */
    public record Observation(Set<String> present, Set<String> missing, Optional<String> defaultBranch, Instant begun) {

        /** A repository without any refs is probably being set up again, so none counts as missing. */
        public static Observation at(
                Set<String> refs, Set<String> asked, Optional<String> defaultBranch, Instant begun) {
            if (refs.isEmpty()) {
                return new Observation(Set.of(), Set.of(), defaultBranch, begun);
            }
            var found =
                    asked.stream().collect(Collectors.partitioningBy(refs::contains, Collectors.toUnmodifiableSet()));
            return new Observation(
                    Objects.requireNonNull(found.get(true)),
                    Objects.requireNonNull(found.get(false)),
                    defaultBranch,
                    begun);
        }
    }

    /** After a look, of a scope that was made then. */
    public RefState after(Observation look, String ref, Instant made) {
        return new RefState(
                closed(look, ref, made),
                look.defaultBranch().filter(ref::equals).isPresent());
    }

    /** After a look at the repository that its pipeline follows now, of a scope that belongs to another one. */
    public RefState abandoned(Observation look, Instant made) {
        return new RefState(closedSince.or(() -> wasSeen(look, made)), false);
    }

    private static Optional<Instant> wasSeen(Observation look, Instant made) {
        return Optional.of(look.begun()).filter(begun -> !made.isAfter(begun));
    }

    private Optional<Instant> closed(Observation look, String ref, Instant made) {
        if (look.present().contains(ref)) {
            return Optional.empty();
        }
        if (!look.missing().contains(ref) || GitRef.of(ref).kind() == GitRef.Kind.OTHER) {
            return closedSince;
        }
        return closedSince.or(() -> wasSeen(look, made));
    }
}
