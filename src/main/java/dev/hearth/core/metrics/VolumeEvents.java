package dev.hearth.core.metrics;

import dev.hearth.api.ScopeVolume;
import dev.hearth.api.ScopeVolume.LastUse;
import dev.hearth.api.SealedGeneration;
import dev.hearth.api.Seed;
import dev.hearth.api.SeedMode;
import dev.hearth.core.buildcache.CacheProblem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Derives countable events from the change of a volume's state. Each event is counted once: when the new state is recorded,
 * the next reconciliation sees no change.
 *
 * @param before null if the volume is new
 */
public record VolumeEvents(@Nullable ScopeVolume before, ScopeVolume after, DaemonTimings measured) {

    /** Something to count. */
    public sealed interface Event {
        /** A run got the volume, with a pod that waits for it or without. */
        record Granted(boolean warm) implements Event {}

        record Seeded(SeedMode mode, Duration took) implements Event {}

        record Sealed(int generations) implements Event {}

        record Sealing(Duration took) implements Event {}

        /** Build steps. A build can report any numbers, so negative ones count as 0. */
        record Built(long cached, long executed) implements Event {
            public Built {
                cached = Math.max(0, cached);
                executed = Math.max(0, executed);
            }
        }

        record Degraded(CacheProblem reason) implements Event {}
    }

    public List<Event> events() {
        var events = new ArrayList<Event>();
        var sealed = sealed();
        var used = lastUse();
        var holder = after.run();
        if (holder != null && (before == null || !holder.equals(before.run()))) {
            var warm = after.warm();
            events.add(new Event.Granted(warm != null && !warm.unfit()));
        }
        if (sealed > 0) {
            events.add(new Event.Sealed(sealed));
        }
        used.ifPresent(last -> {
            measured.seeded().ifPresent(seeding -> events.add(seeded(seeding)));
            measured.sealed()
                    .filter(_ -> hasSealed(last.run()))
                    .map(Event.Sealing::new)
                    .ifPresent(events::add);
            measured.degraded().map(Event.Degraded::new).ifPresent(events::add);
            Optional.ofNullable(last.cached()).map(VolumeEvents::built).ifPresent(events::add);
        });
        return events;
    }

    /** Returns the last use in the new state; empty if the old state has it already. */
    private Optional<LastUse> lastUse() {
        var known = before == null ? null : before.lastUse();
        return Optional.ofNullable(after.lastUse())
                .filter(last -> known == null
                        || !known.run().equals(last.run())
                        || !known.at().equals(last.at()));
    }

    /** Returns the event with the mode of the chosen seed, or Cold if the seed could not be used. */
    private Event seeded(DaemonTimings.Seeding seeding) {
        var chosen = Optional.ofNullable(before == null ? null : before.seed())
                .or(() -> Optional.ofNullable(after.seed()))
                .map(Seed::mode)
                .orElse(SeedMode.Cold);
        return new Event.Seeded(seeding.cold() && chosen != SeedMode.Import ? SeedMode.Cold : chosen, seeding.took());
    }

    private boolean hasSealed(String run) {
        return after.generations().stream()
                .anyMatch(generation -> generation.run().equals(run));
    }

    /** Returns how many generations were sealed. A candidate counts once its run has succeeded. */
    private int sealed() {
        var added = numbers(after);
        added.removeAll(numbers(before));
        return added.size();
    }

    private static Set<Integer> numbers(@Nullable ScopeVolume volume) {
        return Optional.ofNullable(volume).map(ScopeVolume::generations).orElse(List.of()).stream()
                .filter(generation -> generation.state() == SealedGeneration.State.Sealed)
                .map(SealedGeneration::number)
                .collect(Collectors.toCollection(HashSet::new));
    }

    /** Reads {@code cached/all}. */
    private static Event built(String cached) {
        var parts = cached.split("/", 2);
        var hits = Long.parseLong(parts[0]);
        return new Event.Built(hits, Long.parseLong(parts[1]) - hits);
    }
}
