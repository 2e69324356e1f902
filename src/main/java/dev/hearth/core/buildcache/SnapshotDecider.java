package dev.hearth.core.buildcache;

import dev.hearth.api.PendingSnapshot;
import dev.hearth.api.PendingSnapshotBuilder;
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
 * Decides which VolumeSnapshots the volumes of a trusted scope have. Snapshots cost storage, so only the newest sealed
 * generation gets one. The previous snapshot is deleted when the new one is ready, so that there is always one to restore.
 *
 * <p>A sealed generation never changes on its volume, so a snapshot may be taken at any later time, also while the next
 * run writes to the volume. A volume restored from it uses the sealed generation and discards everything else.
 *
 * @param wanted whether volumes may be restored from snapshots at all
 * @param known the existing snapshots of these volumes
 * @param inUse names of the snapshots from which volumes are being restored
 */
public record SnapshotDecider(boolean wanted, List<TakenSnapshot> known, Set<String> inUse) {

    /**
     * What to do.
     *
     * @param volumes the given volumes, with the names of usable snapshots in their generations
     * @param make snapshots to create
     * @param pending snapshots, created or to be created, that are not ready
     * @param delete names of snapshots to delete
     */
    public record Decision(
            List<ScopeVolume> volumes, List<Request> make, List<PendingSnapshot> pending, Set<String> delete) {}

    /** A snapshot to create. */
    public record Request(String name, String claim, String platform, int generation) {}

    public Decision decide(List<ScopeVolume> volumes) {
        var retained = new HashSet<>(inUse);
        var make = new ArrayList<Request>();
        var pending = new ArrayList<PendingSnapshot>();
        if (wanted) {
            volumes.forEach(volume -> decide(volume, retained, make, pending));
        }
        return new Decision(
                volumes.stream().map(volume -> withSnapshots(volume, retained)).toList(),
                List.copyOf(make),
                List.copyOf(pending),
                known.stream()
                        .map(TakenSnapshot::name)
                        .filter(name -> !retained.contains(name))
                        .collect(Collectors.toSet()));
    }

    private void decide(ScopeVolume volume, Set<String> retained, List<Request> make, List<PendingSnapshot> pending) {
        var newest = volume.newest().filter(SnapshotDecider::standsAlone);
        for (SealedGeneration generation : volume.generations()) {
            if (generation.state() != State.Sealed || !standsAlone(generation)) {
                continue;
            }
            var isNewest = newest.equals(Optional.of(generation));
            var snapshot = of(volume, generation);
            if (snapshot.isEmpty()) {
                if (isNewest) {
                    var request = request(volume, generation);
                    make.add(request);
                    pending.add(PendingSnapshotBuilder.builder()
                            .name(request.name())
                            .claim(request.claim())
                            .generation(request.generation())
                            .build());
                }
            } else if (snapshot.get().ready()) {
                retained.add(snapshot.get().name());
                return; // older snapshots are no longer needed
            } else if (isNewest || snapshot.get().error().isEmpty()) {
                retained.add(snapshot.get().name());
                pending.add(pending(snapshot.get(), generation.number()));
            }
        }
    }

    private ScopeVolume withSnapshots(ScopeVolume volume, Set<String> retained) {
        return volume.withGenerations(volume.generations().stream()
                .map(generation -> generation.withSnapshot(of(volume, generation)
                        .filter(snapshot -> generation.state() == State.Sealed && snapshot.ready())
                        .map(TakenSnapshot::name)
                        .filter(retained::contains)
                        .orElse(null)))
                .toList());
    }

    /** Finds a snapshot by its name. One of another volume was not created by Hearth, so it does not count. */
    private Optional<TakenSnapshot> of(ScopeVolume volume, SealedGeneration generation) {
        var name = Names.snapshot(volume.claim(), generation.number());
        return known.stream()
                .filter(snapshot ->
                        snapshot.name().equals(name) && snapshot.claim().equals(volume.claim()))
                .findFirst();
    }

    /** Whether all layers are on the volume itself. Otherwise a snapshot would hold only a part of the generation. */
    private static boolean standsAlone(SealedGeneration generation) {
        return generation.needs().isEmpty();
    }

    private static Request request(ScopeVolume volume, SealedGeneration generation) {
        var name = Names.snapshot(volume.claim(), generation.number());
        return new Request(name, volume.claim(), volume.platform(), generation.number());
    }

    private static PendingSnapshot pending(TakenSnapshot snapshot, int generation) {
        return PendingSnapshotBuilder.builder()
                .name(snapshot.name())
                .claim(snapshot.claim())
                .generation(generation)
                .since(snapshot.since().toString())
                .error(snapshot.error().orElse(null))
                .build();
    }
}
