package dev.hearth.core.sweep;

/** An object that belongs to nobody. */
public record Orphan(ManagedObject made, Reason reason) {

    /** Why it does. */
    public enum Reason {
        /** Nobody is named as its owner, as {@code kubectl delete --cascade=orphan} leaves it. */
        Unowned("it has no owner", 2),
        /** Whoever is named is gone. */
        OwnerGone("its owner is gone", 2),
        /** A cache claim that its scope's status does not name; one is made before it is named, so it gets longer. */
        Unnamed("the status of its scope does not name it", 3);

        private final String words;
        private final int looks;

        Reason(String words, int looks) {
            this.words = words;
            this.looks = looks;
        }

        public String message() {
            return words;
        }

        /** How many sweeps in a row have to see it before it is believed. */
        int looks() {
            return looks;
        }
    }
}
