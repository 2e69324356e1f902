package dev.hearth.core.ref;

import dev.hearth.api.Trust;
import java.util.List;

/**
 * Decides which earlier runs of its pipeline a run may reuse artifacts and test durations of. Caches have the same rule,
 * since cache scopes are separate by source, ref and trust.
 *
 * @param seedRefs trusted refs that the run's caches may be seeded from
 */
public record Lineage(Origin own, List<String> seedRefs) {

    public Lineage {
        seedRefs = List.copyOf(seedRefs);
    }

    /**
     * Source, ref and trust of a run.
     *
     * @param source identity of the repository
     * @param ref what {@link GitRef#lineage} says of the run's ref and commit
     */
    public record Origin(String source, String ref, Trust trust) {}

    /**
     * Whether outputs of another run may be used: those of a trusted run by runs of the same ref and by runs that are seeded
     * from it, those of an untrusted run only by untrusted runs of the same ref.
     */
    public boolean mayTakeFrom(Origin other) {
        var sameRef = own.ref().equals(other.ref());
        return own.source().equals(other.source())
                && switch (other.trust()) {
                    case Trusted -> sameRef || seedRefs.contains(other.ref());
                    case Untrusted -> sameRef && own.trust() == Trust.Untrusted;
                };
    }
}
