package dev.hearth.core.cache;

import dev.hearth.api.SealedGeneration;
import java.util.Set;
import java.util.TreeSet;

/** A sealed generation that a volume could start from. */
public record Source(String ref, String claim, SealedGeneration generation) {

    /** The generations, as claim/number, that have to stay while somebody reads this one. */
    public Set<String> needs() {
        var needs = new TreeSet<>(generation.needs());
        needs.add(claim + "/" + generation.number());
        return needs;
    }
}
