package dev.hearth.controller.pipeline;

import dev.hearth.api.ArtifactStatus;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.StepStatus;
import dev.hearth.cluster.PipelineRunClient;
import dev.hearth.cluster.PodClient;
import dev.hearth.cluster.SafeClock;
import dev.hearth.cluster.storage.ClaimClient;
import dev.hearth.controller.retention.FinishedRunReader;
import dev.hearth.controller.support.IndependentWork;
import dev.hearth.core.retention.RunHistory;
import dev.hearth.core.text.Durations;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
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

/** Removes what a pipeline's runs have left for long enough: the runs themselves, and their artifacts before them. */
@ApplicationScoped
public class FinishedRunCleanup {
    private final PipelineRunClient runs;
    private final PodClient pods;
    private final ClaimClient volumes;
    private final ArtifactCleanup published;
    private final SafeClock clock;

    public FinishedRunCleanup(
            PipelineRunClient runs, PodClient pods, ClaimClient volumes, ArtifactCleanup published, SafeClock clock) {
        this.runs = runs;
        this.pods = pods;
        this.volumes = volumes;
        this.published = published;
        this.clock = clock;
    }

    /**
     * Removes what is due.
     *
     * @param recorded whether it is on record which refs have been dealt with: else a run that goes would start again
     */
    void cleanUp(Pipeline pipeline, Collection<PipelineRun> all, boolean recorded, IndependentWork attempts) {
        var now = clock.now();
        var byName =
                all.stream().collect(Collectors.toMap(FinishedRunCleanup::name, Function.identity(), (one, _) -> one));
        if (recorded) {
            attempts.run(() -> removeRuns(pipeline, byName, now, attempts));
        }
        var keepFor = pipeline.getSpec().artifacts().keepFor();
        if (keepFor != null) {
            attempts.run(() -> removeArtifacts(pipeline, byName, Durations.parse(keepFor), now, attempts));
        }
    }

    /** A build that still seals its volume, and whatever else has not ended, is waited for. */
    private void removeRuns(Pipeline pipeline, Map<String, PipelineRun> byName, Instant now, IndependentWork attempts) {
        var namespace = pipeline.getMetadata().getNamespace();
        var past = byName.values().stream().map(FinishedRunReader::of).toList();
        var going = new LinkedHashMap<String, PipelineRun>();
        attempts.each(RunHistory.expired(pipeline.getSpec().history(), past, now), name -> {
            if (pods.ofRun(namespace, name).isEmpty()) {
                going.put(name, Objects.requireNonNull(byName.get(name)));
            }
        });
        var staying = byName.values().stream().filter(run -> !going.containsKey(name(run)));
        published.remove(pipeline, images(going.values().stream()), images(staying));
        attempts.each(going.values(), runs::delete);
    }

    /** What several runs use goes when it is old enough for the last of them. */
    private void removeArtifacts(
            Pipeline pipeline,
            Map<String, PipelineRun> byName,
            Duration keepFor,
            Instant now,
            IndependentWork attempts) {
        var namespace = pipeline.getMetadata().getNamespace();
        var old = byName.values().stream()
                .filter(run -> RunHistory.isOlderThan(FinishedRunReader.of(run), keepFor, now))
                .map(run -> run.getMetadata().getUid())
                .collect(Collectors.toSet());
        if (old.isEmpty()) {
            return;
        }
        var claims = volumes.ofRuns(namespace, pipeline.getMetadata().getName()).stream()
                .filter(claim -> isOwnedByAll(old, claim))
                .toList();
        attempts.each(
                claims.stream()
                        .filter(claim -> claim.getMetadata().getDeletionTimestamp() == null)
                        .toList(),
                volumes::giveUp);
        // Until they are gone: a pod that had not ended the last time has by now.
        if (!claims.isEmpty()) {
            pods.release(
                    namespace,
                    claims.stream().map(claim -> claim.getMetadata().getName()).collect(Collectors.toSet()));
        }
        var gone = byName.values().stream()
                .filter(run -> old.contains(run.getMetadata().getUid()));
        var staying = byName.values().stream()
                .filter(run -> !old.contains(run.getMetadata().getUid()));
        published.remove(pipeline, images(gone), images(staying));
    }

    private static boolean isOwnedByAll(Set<String> old, PersistentVolumeClaim claim) {
        return claim.getMetadata().getOwnerReferences().stream()
                .map(OwnerReference::getUid)
                .allMatch(old::contains);
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
