package dev.hearth.core.sweep;

/** An object of Hearth that has lost its owner. */
public record Orphan(ManagedObject object, Cause cause) {

    /** Why an object counts as an orphan. */
    public enum Cause {
        /** It has no owner reference, as after {@code kubectl delete --cascade=orphan}. */
        Unowned("it has no owner", 2),
        /** All of its owners were deleted. */
        OwnerGone("its owner was deleted", 2),
        /**
         * No scope's status names the cache claim. A claim is created before its scope's status names it, so this takes one
         * more sweep.
         */
        Unnamed("no cache scope uses this volume claim", 3);

        private final String message;
        private final int sweeps;

        Cause(String message, int sweeps) {
            this.message = message;
            this.sweeps = sweeps;
        }

        public String message() {
            return message;
        }

        /** Returns how many sweeps in a row must find the object before it is confirmed as an orphan. */
        int sweeps() {
            return sweeps;
        }
    }
}
