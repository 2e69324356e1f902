package dev.hearth.core.sweep;

import java.util.Set;

/**
 * What a living scope says in its status.
 *
 * @param words every text in it: whatever names a claim, in a field that this version knows or not, is one of them or the
 *     beginning of one, as in {@code claim/generation}
 * @param settled whether a run has ended on each of its volumes, so that none is about to go back to an earlier claim
 */
public record LiveScope(String namespace, String uid, Set<String> words, boolean settled) {
    public LiveScope {
        words = Set.copyOf(words);
    }

    boolean names(String claim) {
        return words.stream().anyMatch(word -> word.equals(claim) || word.startsWith(claim + "/"));
    }
}
