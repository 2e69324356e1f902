package dev.hearth.chaos;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What is on a cache volume, as far as it can be got wrong: sealed generations, and what the live state stands on. */
final class FakeVolume {
    final String uid;
    final String claim;
    final SortedMap<Integer, Sealed> generations = new TreeMap<>();

    /** To which run each number went, for ever. */
    final Map<Integer, String> numbers = new HashMap<>();

    /** Generations of other volumes whose layers the live state links to. */
    final Set<Need> stands = new HashSet<>();

    String seeded = "";

    /** Uid of the pod whose daemon is on it. */
    @Nullable
    String daemon;

    FakeVolume(String uid, String claim) {
        this.uid = uid;
        this.claim = claim;
    }

    /**
     * A generation of a volume.
     *
     * @param volume uid of its claim
     */
    record Need(String volume, int generation) {}

    record Sealed(String run, Set<Need> needs) {}

    @Override
    public String toString() {
        return claim + " (" + uid.substring(0, 8) + ", holds " + generations.keySet() + ")";
    }
}
