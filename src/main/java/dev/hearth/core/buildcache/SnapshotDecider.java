package dev.hearth.core.buildcache;

import dev.hearth.api.PendingSnapshot;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.SealedGeneration;
import dev.hearth.api.SealedGeneration.State;
import dev.hearth.core.plan.Names;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Decides which SnapshotClient the volumes of a trusted scope have. Storage charges for each, so only the newest sealed
 * generation gets one; the one before stays until that is ready, so that there is always one to start from.
 *
 * <p>What is sealed never changes on a volume, so a snapshot taken at any later moment holds it whole, also one that is
 * taken while the next run writes: whoever starts from it uses the sealed generation and throws the rest away.
 *
 * @param wanted whether volumes may start from a snapshot at all
 * @param known the snapshots there are of these volumes
 * @param inUse names of those that a volume is being made from
 */
public record SnapshotDecider(boolean wanted, List<TakenSnapshot> known, Set<String> inUse) {

    /**
     * What is to be done.
     *
     * @param volumes as given, their generations naming the snapshots that others may start from
     * @param make those that there are not yet
     * @param pending those made or to be made that nobody can start from yet
     * @param delete names
     */
    public record Decision(
            List<ScopeVolume> volumes, List<Request> make, List<PendingSnapshot> pending, Set<String> delete) {}

    /** A snapshot to be made. */
    public record Request(String name, String claim, String platform, int generation) {}

    public Decision decide(List<ScopeVolume> volumes) {
        var stay = new HashSet<>(inUse);
        var make = new ArrayList<Request>();
        var pending = new ArrayList<PendingSnapshot>();
        if (wanted) {
            volumes.forEach(volume -> decide(volume, stay, make, pending));
        }
        return new Decision(
                volumes.stream().map(volume -> naming(volume, stay)).toList(),
                List.copyOf(make),
                List.copyOf(pending),
                known.stream()
                        .map(TakenSnapshot::name)
                        .filter(name -> !stay.contains(name))
                        .collect(Collectors.toSet()));
    }

    private void decide(ScopeVolume volume, Set<String> stay, List<Request> make, List<PendingSnapshot> pending) {
        var newest = volume.newest().filter(SnapshotDecider::standsAlone);
        for (SealedGeneration generation : volume.generations()) {
            if (generation.state() != State.Sealed || !standsAlone(generation)) {
                continue;
            }
            var isNewest = newest.equals(Optional.of(generation));
            var snapshot = of(volume, generation);
            if (snapshot.isEmpty()) {
                if (isNewest) {
                    var wish = wish(volume, generation);
                    make.add(wish);
                    pending.add(new PendingSnapshot(wish.name(), wish.claim(), wish.generation(), null, null));
                }
            } else if (snapshot.get().ready()) {
                stay.add(snapshot.get().name());
                return; // what is older is of no more use
            } else if (isNewest || snapshot.get().error().isEmpty()) {
                stay.add(snapshot.get().name());
                pending.add(pending(snapshot.get(), generation.number()));
            }
        }
    }

    private ScopeVolume naming(ScopeVolume volume, Set<String> stay) {
        return volume.with(volume.generations().stream()
                .map(generation -> generation.in(of(volume, generation)
                        .filter(snapshot -> generation.state() == State.Sealed && snapshot.ready())
                        .map(TakenSnapshot::name)
                        .filter(stay::contains)
                        .orElse(null)))
                .toList());
    }

    /** By its name; one of that name that is of another volume is somebody else's work, and counts as none. */
    private Optional<TakenSnapshot> of(ScopeVolume volume, SealedGeneration generation) {
        var name = Names.snapshot(volume.claim(), generation.number());
        return known.stream()
                .filter(snapshot ->
                        snapshot.name().equals(name) && snapshot.claim().equals(volume.claim()))
                .findFirst();
    }

    /** A snapshot would hold a part only of one that is made of other volumes' layers too. */
    private static boolean standsAlone(SealedGeneration generation) {
        return generation.needs().isEmpty();
    }

    private static Request wish(ScopeVolume volume, SealedGeneration generation) {
        var name = Names.snapshot(volume.claim(), generation.number());
        return new Request(name, volume.claim(), volume.platform(), generation.number());
    }

    private static PendingSnapshot pending(TakenSnapshot snapshot, int generation) {
        return new PendingSnapshot(
                snapshot.name(),
                snapshot.claim(),
                generation,
                snapshot.since().toString(),
                snapshot.error().orElse(null));
    }
}
