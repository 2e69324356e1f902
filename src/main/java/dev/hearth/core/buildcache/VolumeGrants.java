package dev.hearth.core.buildcache;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which run has each volume of a scope. BuildKit locks its root, so one pod at a time mounts a volume: a run keeps its
 * grant until its builds have ended and its pod is gone, then the oldest run that waits is next.
 */
public final class VolumeGrants {
    private VolumeGrants() {}

    /**
     * A run that has builds left to do.
     *
     * @param platforms on which it has them
     */
    public record Claimant(String run, Instant since, Set<String> platforms) {}

    /**
     * Passes each volume on, or leaves it.
     *
     * @param holders runs that have a volume now, by platform
     * @param mounted runs whose pods have not ended, by platform
     * @return runs that have a volume from now on, by platform
     */
    public static SortedMap<String, String> grant(
            Set<String> platforms,
            Map<String, String> holders,
            Map<String, Set<String>> mounted,
            List<Claimant> claimants) {
        var granted = new TreeMap<String, String>();
        for (String platform : platforms) {
            var waiting = claimants.stream()
                    .filter(claimant -> claimant.platforms().contains(platform))
                    .sorted(Comparator.comparing(Claimant::since).thenComparing(Claimant::run))
                    .map(Claimant::run)
                    .toList();
            var users = mounted.getOrDefault(platform, Set.of());
            var holder = Optional.ofNullable(holders.get(platform))
                    .filter(run -> waiting.contains(run) || users.contains(run))
                    .or(() -> users.stream().sorted().findFirst())
                    .or(() -> waiting.stream().findFirst());
            holder.ifPresent(run -> granted.put(platform, run));
        }
        return granted;
    }
}
