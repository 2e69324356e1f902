package dev.hearth.controller.pipeline;

import dev.hearth.api.ArtifactStatus;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.StepStatus;
import dev.hearth.cluster.PipelineRunClient;
import dev.hearth.cluster.PodClient;
import dev.hearth.cluster.SafeClock;
import dev.hearth.controller.support.IndependentWork;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.retention.NamedArtifacts;
import dev.hearth.core.retention.RunHistory;
import dev.hearth.core.text.Durations;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/** Deletes finished runs of a pipeline beyond its history, and deletes or releases artifacts of runs that have expired. */
@ApplicationScoped
public class FinishedRunCleanup {
    private static final Logger LOG = Logger.getLogger(FinishedRunCleanup.class);

    private final PipelineRunClient runs;
    private final PodClient pods;
    private final ArtifactCleanup images;
    private final SafeClock clock;

    public FinishedRunCleanup(PipelineRunClient runs, PodClient pods, ArtifactCleanup images, SafeClock clock) {
        this.runs = runs;
        this.pods = pods;
        this.images = images;
        this.clock = clock;
    }

    /**
     * Deletes what is due.
     *
     * @param unreported names of runs whose result the forge does not show yet
     * @param recorded whether the ref record is up to date: if not, a deleted run would be started again
     */
    void cleanUp(
            Pipeline pipeline,
            Collection<PipelineRun> all,
            Set<String> unreported,
            boolean recorded,
            IndependentWork work) {
        var now = clock.now();
        var byName =
                all.stream().collect(Collectors.toMap(FinishedRunCleanup::name, Function.identity(), (one, _) -> one));
        if (recorded) {
            work.run(() -> removeRuns(pipeline, byName, unreported, now, work));
        }
        work.run(() -> releaseArtifacts(pipeline, all, now, work));
        var keepFor = pipeline.getSpec().artifacts().keepFor();
        if (keepFor != null) {
            work.run(() -> removeImages(pipeline, byName, Durations.parse(keepFor), now));
        }
    }

    /** Deletes runs beyond the history. A run whose pods still exist is kept: a build may still seal its volume. */
    private void removeRuns(
            Pipeline pipeline,
            Map<String, PipelineRun> byName,
            Set<String> unreported,
            Instant now,
            IndependentWork work) {
        var namespace = pipeline.getMetadata().getNamespace();
        var finished = byName.values().stream().map(RunHistory.Run::of).toList();
        var deleted = new LinkedHashMap<String, PipelineRun>();
        work.each(RunHistory.expired(pipeline.getSpec().history(), finished, now), name -> {
            if (!unreported.contains(name) && pods.ofRun(namespace, name).isEmpty()) {
                deleted.put(name, Objects.requireNonNull(byName.get(name)));
            }
        });
        var staying = byName.values().stream().filter(run -> !deleted.containsKey(name(run)));
        images.removeOfDeletedRuns(pipeline, images(deleted.values().stream()), images(staying));
        if (!deleted.isEmpty()) {
            LOG.debugf("%s: deletes runs %s", ResourceName.of(pipeline), deleted.keySet());
        }
        work.each(deleted.values(), runs::delete);
    }

    /** Marks runs whose artifacts on volumes are not kept any more. The next run with artifacts on a volume removes them. */
    private void releaseArtifacts(Pipeline pipeline, Collection<PipelineRun> all, Instant now, IndependentWork work) {
        var keepFor = pipeline.getSpec().artifacts().keepFor();
        work.each(NamedArtifacts.toRelease(all, keepFor == null ? null : Durations.parse(keepFor), now), run -> {
            LOG.debugf("%s: releases the artifacts of run %s", ResourceName.of(pipeline), name(run));
            runs.annotate(run, Map.of(NamedArtifacts.RELEASED, "true"));
        });
    }

    /** Deletes expired artifacts from the registry. An artifact of several runs expires with the last of them. */
    private void removeImages(Pipeline pipeline, Map<String, PipelineRun> byName, Duration keepFor, Instant now) {
        var byExpiry = byName.values().stream()
                .collect(
                        Collectors.partitioningBy(run -> RunHistory.isOlderThan(RunHistory.Run.of(run), keepFor, now)));
        var expired = Objects.requireNonNull(byExpiry.get(true));
        if (!expired.isEmpty()) {
            images.removeExpired(
                    pipeline, images(expired.stream()), images(Objects.requireNonNull(byExpiry.get(false)).stream()));
        }
    }

    private static Set<String> images(Stream<PipelineRun> runs) {
        return runs.flatMap(run -> Stream.ofNullable(run.getStatus()))
                .flatMap(status -> status.steps().stream())
                .map(StepStatus::artifact)
                .filter(Objects::nonNull)
                .map(ArtifactStatus::image)
                .filter(Objects::nonNull)
                .collect(Collectors.toSet());
    }

    private static String name(PipelineRun run) {
        return run.getMetadata().getName();
    }
}
