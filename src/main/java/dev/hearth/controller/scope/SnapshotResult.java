package dev.hearth.controller.scope;

import dev.hearth.api.PendingSnapshot;
import dev.hearth.api.ScopeVolume;
import dev.hearth.core.text.PollInterval;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What became of a scope's SnapshotClient.
 *
 * @param volumes their generations name the snapshots that others may start from
 * @param problem why there are none, where there should be
 * @param delete names of those of no more use, once the status does not name them
 */
record SnapshotResult(
        List<ScopeVolume> volumes, List<PendingSnapshot> pending, Optional<String> problem, Set<String> delete) {
    /** One that could not even be made is not worth a look before something else happens. */
    private static final Duration LONG_AGO = Duration.ofDays(1);

    /** All that is wrong, in words. */
    Stream<String> problems() {
        return Stream.concat(
                problem.map(it -> "Snapshot is not used: " + it).stream(),
                pending.stream()
                        .filter(snapshot -> snapshot.error() != null)
                        .map(snapshot -> "VolumeSnapshot " + snapshot.name() + " failed: " + snapshot.error()));
    }

    Optional<Duration> nextCheck(Instant now) {
        return pending.stream()
                .map(snapshot -> PollInterval.after(soFar(snapshot, now)))
                .min(Duration::compareTo);
    }

    private static Duration soFar(PendingSnapshot snapshot, Instant now) {
        @Nullable String since = snapshot.since();
        if (since != null) {
            return Duration.between(Instant.parse(since), now);
        }
        return snapshot.error() == null ? Duration.ZERO : LONG_AGO;
    }
}
