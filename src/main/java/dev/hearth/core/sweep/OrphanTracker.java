package dev.hearth.core.sweep;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Objects that looked like orphans in every sweep so far, by uid. One look proves nothing: the cluster's own garbage
 * collector may be about to remove it, and what is being made is not named yet.
 */
public record OrphanTracker(Map<String, Sighting> byUid) {
    public static final OrphanTracker NONE = new OrphanTracker(Map.of());

    public OrphanTracker {
        byUid = Map.copyOf(byUid);
    }

    /** What a sweep comes to: orphans to remove, and whom the next one looks at again. */
    public record Update(List<Orphan> orphans, OrphanTracker suspects) {
        public Update {
            orphans = List.copyOf(orphans);
        }

        /** Orphans that no sweep before has believed to be any. */
        public List<Orphan> newlyConfirmed(OrphanTracker before) {
            return orphans.stream()
                    .filter(orphan -> !before.isConfirmed(orphan.made().uid()))
                    .toList();
        }
    }

    /** How often an object has been seen for the same reason. */
    public record Sighting(Orphan.Reason reason, int looks) {
        boolean confirmed() {
            return looks >= reason.looks();
        }
    }

    /**
     * Judges what was seen.
     *
     * @param living what was there afterwards
     */
    public Update update(List<ManagedObject> seen, LiveOwners living) {
        var orphans = new ArrayList<Orphan>();
        var next = new HashMap<String, Sighting>();
        for (ManagedObject made : seen) {
            reason(made, living).ifPresent(reason -> {
                var suspicion = seenAgain(made, reason);
                next.put(made.uid(), suspicion);
                if (suspicion.confirmed()) {
                    orphans.add(new Orphan(made, reason));
                }
            });
        }
        return new Update(orphans, new OrphanTracker(next));
    }

    private static Optional<Orphan.Reason> reason(ManagedObject made, LiveOwners living) {
        if (made.leaving()) {
            return Optional.empty();
        }
        if (living.isUnowned(made)) {
            return Optional.of(Orphan.Reason.Unowned);
        }
        if (!made.owners().isEmpty() && made.owners().stream().noneMatch(living::has)) {
            return Optional.of(Orphan.Reason.OwnerGone);
        }
        return living.isUnreferenced(made) ? Optional.of(Orphan.Reason.Unnamed) : Optional.empty();
    }

    private Sighting seenAgain(ManagedObject made, Orphan.Reason reason) {
        var before = byUid.get(made.uid());
        return new Sighting(reason, before != null && before.reason() == reason ? before.looks() + 1 : 1);
    }

    private boolean isConfirmed(String uid) {
        var suspicion = byUid.get(uid);
        return suspicion != null && suspicion.confirmed();
    }
}
