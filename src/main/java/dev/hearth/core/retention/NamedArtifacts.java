package dev.hearth.core.retention;

import dev.hearth.api.ArtifactStatus;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.StepStatus;
import dev.hearth.core.plan.Names;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the artifacts on volumes of cache scopes that runs name. An unfinished run names all that its steps have produced, reuse, or are
 * about to reuse. A finished run names those on the volumes of its own ref, until it is deleted or marked as {@link #RELEASED}.
 * What no run names is removed from the volume.
 */
public final class NamedArtifacts {
    /** Annotation of a finished run whose artifacts on cache volumes are not kept any more. It is never taken back. */
    public static final String RELEASED = "hearth.dev/artifacts-released";

    /** How many finished runs of a ref keep their artifacts. Later runs reuse files that the newest ones have. */
    private static final int FINISHED_RUNS = 5;

    /** Digits of an artifact's name that tell it from the others on its volume. */
    private static final int BEGINNING = 16;

    private static final String FOLDER = Names.ARTIFACTS + "/";

    private NamedArtifacts() {}

    /**
     * Returns the beginnings of the names of the artifacts of builds on a volume that runs name, each once and in order.
     *
     * @param runs all runs that may name artifacts on the volume
     */
    public static List<String> on(String claim, Collection<PipelineRun> runs) {
        return paths(claim, runs)
                .map(name -> name.substring(0, Math.min(BEGINNING, name.length())))
                .distinct()
                .sorted()
                .toList();
    }

    /**
     * Returns what has to stay of the artifacts of tasks on a volume, each once and in order: the folders of unfinished runs, whose
     * statuses may not name yet what their tasks have left there, and {@code run/attempt} of artifacts that other runs name.
     *
     * @param runs all runs that may name artifacts on the volume
     */
    public static List<String> ofTasks(String claim, Collection<PipelineRun> runs) {
        var unfinished = runs.stream()
                .filter(run -> RunHistory.Run.of(run).finishedAt().isEmpty())
                .filter(run -> isOfItsRef(run, claim))
                .map(run -> Names.runFolder(run.uid()))
                .collect(Collectors.toCollection(TreeSet::new));
        var named = paths(claim, runs)
                .filter(path -> !unfinished.contains(path.substring(0, Math.max(0, path.indexOf('/')))));
        return Stream.concat(unfinished.stream(), named).distinct().sorted().toList();
    }

    /** Whether a run keeps the artifacts in its status that are on this cache volume. */
    public static boolean isNaming(PipelineRun run, String claim) {
        var status = run.getStatus();
        return status != null && (status.finishedAt() == null || (!isReleased(run) && isOfItsRef(run, claim)));
    }

    /** Returns the claims of volumes of cache scopes that have artifacts which an unfinished run names. */
    public static Stream<String> inUse(PipelineRun run) {
        return run.getStatus() == null || run.getStatus().finishedAt() != null ? Stream.empty() : cacheVolumes(run);
    }

    /**
     * Returns the finished runs that are to be released: those beyond the newest of each ref that have artifacts on its cache
     * volumes, and those that finished too long ago.
     *
     * @param runs all runs of a pipeline
     * @param keepFor how long artifacts of a finished run are kept; null for no limit
     */
    public static List<PipelineRun> toRelease(Collection<PipelineRun> runs, @Nullable Duration keepFor, Instant now) {
        var newer = new HashMap<Optional<String>, Integer>();
        return runs.stream()
                .filter(run -> RunHistory.Run.of(run).finishedAt().isPresent())
                .filter(run -> cacheVolumes(run).anyMatch(claim -> isNaming(run, claim)))
                .map(run -> Map.entry(run, RunHistory.Run.of(run)))
                .sorted(Map.Entry.comparingByValue(Comparator.comparing(
                                (RunHistory.Run run) -> run.finishedAt().orElseThrow())
                        .thenComparing(RunHistory.Run::name)
                        .reversed()))
                .filter(run -> newer.merge(Names.scope(run.getKey()), 1, Integer::sum) > FINISHED_RUNS
                        || (keepFor != null && RunHistory.isOlderThan(run.getValue(), keepFor, now)))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Returns the paths of the artifacts on a volume that runs name, below the folder of artifacts. */
    private static Stream<String> paths(String claim, Collection<PipelineRun> runs) {
        return runs.stream()
                .filter(run -> isNaming(run, claim))
                .flatMap(NamedArtifacts::artifacts)
                .filter(artifact -> claim.equals(artifact.claim()))
                .flatMap(artifact -> Stream.ofNullable(artifact.path()))
                .filter(path -> path.startsWith(FOLDER))
                .map(path -> path.substring(FOLDER.length()));
    }

    private static boolean isReleased(PipelineRun run) {
        return run.annotations().containsKey(RELEASED);
    }

    /** Whether a claim is that of a volume of the cache scope of the run's ref. */
    public static boolean isOfItsRef(PipelineRun run, String claim) {
        return Names.scope(run).filter(scope -> Names.isVolume(claim, scope)).isPresent();
    }

    /** Returns the claims of the cache volumes with the artifacts in a run's status. */
    private static Stream<String> cacheVolumes(PipelineRun run) {
        return artifacts(run)
                .filter(ArtifactStatus::onCacheVolume)
                .flatMap(artifact -> Stream.ofNullable(artifact.claim()));
    }

    private static Stream<ArtifactStatus> artifacts(PipelineRun run) {
        return Stream.ofNullable(run.getStatus())
                .flatMap(status -> status.stepsWithPlaces().stream())
                .map(StepStatus::artifact)
                .flatMap(Stream::ofNullable);
    }
}
