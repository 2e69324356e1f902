package dev.hearth.core.sweep;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Tracks objects that looked like orphans in the last sweeps, by uid. An object is confirmed as an orphan only after several
 * sweeps: the cluster's garbage collector may be about to delete it, or its owner may not name it yet.
 */
public record OrphanTracker(Map<String, Sighting> byUid) {
    public static final OrphanTracker NONE = new OrphanTracker(Map.of());

    public OrphanTracker {
        byUid = Map.copyOf(byUid);
    }

    /**
     * The result of a sweep.
     *
     * @param orphans confirmed orphans, to be deleted
     * @param tracker for the next sweep
     */
    public record Update(List<Orphan> orphans, OrphanTracker tracker) {
        public Update {
            orphans = List.copyOf(orphans);
        }

        /** Returns the orphans that no sweep before has confirmed. */
        public List<Orphan> newlyConfirmed(OrphanTracker before) {
            return orphans.stream()
                    .filter(orphan -> !before.isConfirmed(orphan.object().uid()))
                    .toList();
        }
    }

    /** How many sweeps in a row have found an object for the same cause. */
    public record Sighting(Orphan.Cause cause, int sweeps) {
        boolean confirmed() {
            return sweeps >= cause.sweeps();
        }
    }

    /**
     * Evaluates a sweep.
     *
     * @param found all objects of Hearth
     * @param owners those that existed after the objects had been listed
     */
    public Update update(List<ManagedObject> found, LiveOwners owners) {
        var orphans = new ArrayList<Orphan>();
        var next = new HashMap<String, Sighting>();
        for (ManagedObject object : found) {
            cause(object, owners).ifPresent(cause -> {
                var sighting = nextSighting(object, cause);
                next.put(object.uid(), sighting);
                if (sighting.confirmed()) {
                    orphans.add(new Orphan(object, cause));
                }
            });
        }
        return new Update(orphans, new OrphanTracker(next));
    }

    private static Optional<Orphan.Cause> cause(ManagedObject object, LiveOwners owners) {
        if (object.deleting()) {
            return Optional.empty();
        }
        if (owners.isUnowned(object)) {
            return Optional.of(Orphan.Cause.Unowned);
        }
        if (!object.owners().isEmpty() && object.owners().stream().noneMatch(owners::has)) {
            return Optional.of(Orphan.Cause.OwnerGone);
        }
        return owners.isUnreferenced(object) ? Optional.of(Orphan.Cause.Unnamed) : Optional.empty();
    }

    private Sighting nextSighting(ManagedObject object, Orphan.Cause cause) {
        var before = byUid.get(object.uid());
        return new Sighting(cause, before != null && before.cause() == cause ? before.sweeps() + 1 : 1);
    }

    private boolean isConfirmed(String uid) {
        var sighting = byUid.get(uid);
        return sighting != null && sighting.confirmed();
    }
}
