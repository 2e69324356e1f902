package dev.hearth.chaos;

import dev.hearth.api.ScopeVolume;
import dev.hearth.chaos.FakeVolume.Need;
import dev.hearth.chaos.FakeVolume.Sealed;
import dev.hearth.controlplane.FakeStorage;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * All volumes that there are, by the uid of their claim. Does with them what daemon.sh does, and notes what daemon.sh would
 * find broken, or would break.
 */
final class VolumeModel implements FakeStorage.Content {
    private final Map<String, FakeVolume> volumes = new HashMap<>();
    private final Violations violations;
    private final Function<FakeVolume, Optional<ScopeVolume>> recorded;
    private final AtomicInteger seals = new AtomicInteger();
    private final AtomicInteger begunAnew = new AtomicInteger();

    /**
     * Makes a model without volumes.
     *
     * @param recorded what a status says of a volume; empty if its scope is gone. Then nobody will read the volume, which is
     *     there until Kubernetes has deleted it, and what it stands on may go before it
     */
    VolumeModel(Violations violations, Function<FakeVolume, Optional<ScopeVolume>> recorded) {
        this.violations = violations;
        this.recorded = recorded;
    }

    @Override
    public synchronized void make(String uid, String claim) {
        volumes.putIfAbsent(uid, new FakeVolume(uid, claim));
    }

    @Override
    public synchronized void remove(String uid) {
        var volume = volumes.remove(uid);
        if (volume != null && volume.daemon != null) {
            violations.add("volume " + volume + " was deleted under the daemon of pod " + volume.daemon);
        }
    }

    /** A daemon starts: brings the volume to the state that was decided. */
    synchronized void begin(DaemonInstructions order) {
        var own = volume(order, order.claim());
        if (own.daemon != null && !own.daemon.equals(order.pod())) {
            violations.add("two daemons on " + own + ": of pod " + own.daemon + ", and of " + order);
        }
        own.daemon = order.pod();
        if (order.seal().isEmpty()) {
            own.generations.clear();
        }
        if (!own.seeded.equals(order.seedId())) {
            own.stands.clear();
            if (!order.mode().equals("Cold")) {
                take(order, own);
            }
            own.seeded = order.seedId();
        }
        if (own.stands.stream().anyMatch(need -> wasDeleted(need, order))) {
            // The links lead nowhere, whatever is mounted under that name now: layers of no two volumes share a name.
            own.stands.clear();
            begunAnew.incrementAndGet();
        }
        own.stands.stream()
                .filter(need -> !order.mounts().containsValue(need.volume()) || !holds(need))
                .filter(need -> reads(own, need))
                .forEach(need -> violations.add(own + " stands on generation " + need.generation() + " of volume "
                        + need.volume() + ", which is gone or not mounted; " + order));
    }

    /** Whether the volume is gone, or its claim's name is another claim's now. */
    private boolean wasDeleted(Need need, DaemonInstructions order) {
        var volume = volumes.get(need.volume());
        return volume == null || !need.volume().equals(order.mounts().getOrDefault(volume.claim, need.volume()));
    }

    private void take(DaemonInstructions order, FakeVolume own) {
        var source = volume(order, order.seedFrom());
        var generation = source.generations.get(order.seedGeneration());
        if (generation == null) {
            if (source.numbers.containsKey(order.seedGeneration()) && isSeed(own, order.seedId())) {
                violations.add("generation " + order.seedGeneration() + " is not on " + source + " any more; " + order);
            }
            begunAnew.incrementAndGet(); // what it was to start from was deleted, and made anew, meanwhile
            return;
        }
        if (order.mode().equals("Overlay")) {
            own.stands.add(new Need(source.uid, order.seedGeneration()));
        }
        own.stands.addAll(generation.needs());
    }

    /** Whether a generation of a volume is there. */
    private boolean holds(Need need) {
        return Optional.ofNullable(volumes.get(need.volume()))
                .filter(volume -> volume.generations.containsKey(need.generation()))
                .isPresent();
    }

    /** A daemon has been told to stop, and all solves went well: seals and sweeps. */
    synchronized void seal(DaemonInstructions order) {
        var own = volume(order, order.claim());
        var number = order.seal().orElseThrow();
        var before = own.numbers.putIfAbsent(number, order.run());
        if (before != null && !before.equals(order.run())) {
            violations.add("number " + number + " of " + own + " went to run " + before + ", and to " + order);
        }
        own.generations.put(number, new Sealed(order.run(), Set.copyOf(own.stands)));
        seals.incrementAndGet();
        var old = own.generations.keySet().stream()
                .filter(kept -> kept < number && !order.keep().contains(kept))
                .toList();
        old.forEach(gone -> {
            readers(new Need(own.uid, gone))
                    .forEach(reader -> violations.add("generation " + gone + " of " + own + " was swept while " + reader
                            + " stood on it; " + order));
            own.generations.remove(gone);
        });
    }

    private List<FakeVolume> readers(Need need) {
        return volumes.values().stream().filter(volume -> reads(volume, need)).toList();
    }

    /** Whether a volume is to go on with a state that stands on a generation, or offers a generation that does. */
    private boolean reads(FakeVolume volume, Need need) {
        return (volume.stands.contains(need) && isSeed(volume, volume.seeded))
                || volume.generations.entrySet().stream()
                        .anyMatch(generation ->
                                generation.getValue().needs().contains(need) && isOffered(volume, generation.getKey()));
    }

    /** Whether the status of its scope says that a volume has a seed. With another one its next daemon starts anew. */
    private boolean isSeed(FakeVolume volume, String id) {
        return recorded.apply(volume)
                .map(ScopeVolume::seed)
                .filter(seed -> seed.id().equals(id))
                .isPresent();
    }

    private boolean isOffered(FakeVolume volume, int number) {
        return recorded.apply(volume).stream()
                .flatMap(it -> it.generations().stream())
                .anyMatch(generation -> generation.number() == number);
    }

    /** A daemon is gone, whichever way. */
    synchronized void end(DaemonInstructions order) {
        Optional.ofNullable(volumes.get(order.mounts().get(order.claim())))
                .filter(own -> order.pod().equals(own.daemon))
                .ifPresent(own -> own.daemon = null);
    }

    /** Names of the claims whose layers a generation of this pod has. */
    synchronized Set<String> layers(DaemonInstructions order) {
        var names = new TreeSet<String>();
        names.add(order.claim());
        volume(order, order.claim()).stands.stream()
                .flatMap(need -> Optional.ofNullable(volumes.get(need.volume())).stream())
                .forEach(volume -> names.add(volume.claim));
        return names;
    }

    /** What is sealed on a volume, by number, with the run that did; nothing if there is no such volume. */
    synchronized Map<Integer, String> content(String uid) {
        var content = new HashMap<Integer, String>();
        Optional.ofNullable(volumes.get(uid))
                .ifPresent(volume -> volume.generations.forEach((number, it) -> content.put(number, it.run())));
        return content;
    }

    synchronized Set<String> all() {
        var all = new HashSet<String>();
        volumes.values().forEach(volume -> all.add(volume.toString()));
        return all;
    }

    int begunAnew() {
        return begunAnew.get();
    }

    int seals() {
        return seals.get();
    }

    private FakeVolume volume(DaemonInstructions order, String claim) {
        var volume = volumes.get(order.mounts().get(claim));
        if (volume == null) {
            throw new IllegalStateException("no volume " + claim + " is mounted; " + order);
        }
        return volume;
    }
}
