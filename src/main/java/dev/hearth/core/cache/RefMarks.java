package dev.hearth.core.cache;

import dev.hearth.core.trust.Ref;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * What retention has to know of a scope's ref.
 *
 * @param closedSince when the repository was first seen without it; empty while it has it
 * @param defaultBranch whether it is the repository's default branch
 */
public record RefMarks(Optional<Instant> closedSince, boolean defaultBranch) {

    /**
     * What a repository had.
     *
     * @param refs full names of all of them
     * @param defaultBranch full name of the branch that its HEAD is
     * @param begun when it was asked: what was made later is not judged by it
     */
    public record Look(Set<String> refs, Optional<String> defaultBranch, Instant begun) {}

    /** After a look, of a scope that was made then. A repository without any refs is rather one that is being set up again. */
    public RefMarks after(Look look, String ref, Instant made) {
        return new RefMarks(
                closed(look, ref, made),
                look.defaultBranch().filter(ref::equals).isPresent());
    }

    private Optional<Instant> closed(Look look, String ref, Instant made) {
        if (look.refs().isEmpty() || Ref.of(ref).kind() == Ref.Kind.OTHER) {
            return closedSince;
        }
        if (look.refs().contains(ref)) {
            return Optional.empty();
        }
        return closedSince.or(() -> Optional.of(look.begun()).filter(begun -> !made.isAfter(begun)));
    }
}
