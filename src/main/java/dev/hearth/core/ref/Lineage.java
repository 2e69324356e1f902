package dev.hearth.core.ref;

import dev.hearth.api.Trust;
import java.util.List;

/**
 * What a run may take from earlier ones of its pipeline: files, and the time that tests took. Caches follow the same rule, as
 * their scopes are found by source, ref and trust.
 *
 * @param bases trusted refs that the run's caches may start from
 */
public record Lineage(Origin own, List<String> bases) {

    public Lineage {
        bases = List.copyOf(bases);
    }

    /**
     * Where something came from.
     *
     * @param source identity of the repository
     * @param ref full name
     */
    public record Origin(String source, String ref, Trust trust) {}

    /** What is trusted is for runs of its own ref, and of those that it is a base of; what is not, for its own ref's alone. */
    public boolean mayTakeFrom(Origin other) {
        var sameRef = own.ref().equals(other.ref());
        return own.source().equals(other.source())
                && switch (other.trust()) {
                    case Trusted -> sameRef || bases.contains(other.ref());
                    case Untrusted -> sameRef && own.trust() == Trust.Untrusted;
                };
    }
}
