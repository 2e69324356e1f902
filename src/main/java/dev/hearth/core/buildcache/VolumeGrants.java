package dev.hearth.core.buildcache;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.StepStatus;
import dev.hearth.core.plan.Plan;
import dev.hearth.core.plan.Step;
import dev.hearth.core.ref.GitRef;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Decides which run holds each volume of a scope. BuildKit locks its state directory, so only one pod at a time mounts a
 * volume. A run holds it until its builds have finished and its pod was deleted. Then the oldest waiting run gets it.
 */
public final class VolumeGrants {
    private VolumeGrants() {}

    /**
     * A run with unfinished builds.
     *
     * @param since when it was created
     * @param platforms of these builds
     */
    public record Claimant(String run, Instant since, Set<String> platforms) {

        /** Returns the claimants among the runs of a scope. A run that has finished, or is not resolved yet, is none. */
        public static List<Claimant> of(Collection<PipelineRun> runs) {
            return runs.stream().flatMap(Claimant::of).toList();
        }

        private static Stream<Claimant> of(PipelineRun run) {
            @Nullable PipelineRunStatus status = run.getStatus();
            if (status == null || status.pipelineSpec() == null || status.finishedAt() != null) {
                return Stream.empty();
            }
            var ended = status.steps().stream()
                    .filter(step -> step.state().isFinal())
                    .map(StepStatus::name)
                    .collect(Collectors.toSet());
            Set<String> platforms = Plan.of(
                            status.pipelineSpec(), GitRef.of(run.getSpec().ref()))
                    .builds()
                    .filter(build -> !ended.contains(build.name()))
                    .map(Step.Build::platform)
                    .collect(Collectors.toSet());
            return Stream.of(new Claimant(run.name(), run.createdAt(), platforms));
        }
    }

    /**
     * Decides the holder of each volume.
     *
     * @param holders the runs that hold a volume now, by platform
     * @param mounted the runs whose build pods have not finished, by platform
     * @return the runs that hold a volume from now on, by platform; a volume that no run needs is missing
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
