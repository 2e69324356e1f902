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
public record Suspects(Map<String, Suspicion> byUid) {
    public static final Suspects NONE = new Suspects(Map.of());

    public Suspects {
        byUid = Map.copyOf(byUid);
    }

    /** What a sweep comes to: orphans to remove, and whom the next one looks at again. */
    public record Verdict(List<Orphan> orphans, Suspects suspects) {
        public Verdict {
            orphans = List.copyOf(orphans);
        }

        /** Orphans that no sweep before has believed to be any. */
        public List<Orphan> news(Suspects before) {
            return orphans.stream()
                    .filter(orphan -> !before.believes(orphan.made().uid()))
                    .toList();
        }
    }

    /** How often an object has been seen for the same reason. */
    public record Suspicion(Orphan.Reason reason, int looks) {
        boolean believed() {
            return looks >= reason.looks();
        }
    }

    /**
     * Judges what was seen.
     *
     * @param living what was there afterwards
     */
    public Verdict judge(List<Made> seen, Living living) {
        var orphans = new ArrayList<Orphan>();
        var next = new HashMap<String, Suspicion>();
        for (Made made : seen) {
            reason(made, living).ifPresent(reason -> {
                var suspicion = again(made, reason);
                next.put(made.uid(), suspicion);
                if (suspicion.believed()) {
                    orphans.add(new Orphan(made, reason));
                }
            });
        }
        return new Verdict(orphans, new Suspects(next));
    }

    private static Optional<Orphan.Reason> reason(Made made, Living living) {
        if (made.leaving()) {
            return Optional.empty();
        }
        if (living.leaves(made)) {
            return Optional.of(Orphan.Reason.Unowned);
        }
        if (!made.owners().isEmpty() && made.owners().stream().noneMatch(living::has)) {
            return Optional.of(Orphan.Reason.OwnerGone);
        }
        return living.disown(made) ? Optional.of(Orphan.Reason.Unnamed) : Optional.empty();
    }

    private Suspicion again(Made made, Orphan.Reason reason) {
        var before = byUid.get(made.uid());
        return new Suspicion(reason, before != null && before.reason() == reason ? before.looks() + 1 : 1);
    }

    private boolean believes(String uid) {
        var suspicion = byUid.get(uid);
        return suspicion != null && suspicion.believed();
    }
}
