package dev.hearth.controller.run;

import dev.hearth.api.ArtifactStatus;
import dev.hearth.api.ArtifactsSpec;
import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.StepStatus;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.controller.run.pods.TrustedMountCheck;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.buildcache.SeedChoice;
import dev.hearth.core.plan.ArtifactKeys;
import dev.hearth.core.plan.Step;
import dev.hearth.core.retention.NamedArtifacts;
import dev.hearth.core.retention.RunHistory;
import dev.hearth.core.run.Observation;
import dev.hearth.core.text.Durations;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Finds artifacts with a step's artifact key that earlier runs of the pipeline have produced: runs of the same ref, or
 * trusted runs of the run's seed refs.
 */
@ApplicationScoped
public class ReusableArtifacts {
    private static final Logger LOG = Logger.getLogger(ReusableArtifacts.class);

    private final TrustedMountCheck mounts;

    public ReusableArtifacts(TrustedMountCheck mounts) {
        this.mounts = mounts;
    }

    /** Returns the artifact that the step can reuse. Empty if there is none. */
    Optional<Observation> find(RunContext run, Step step, Instant now) {
        if (!step.keepsFiles() || run.status().inputs().isEmpty()) {
            return Optional.empty();
        }
        return new ArtifactKeys(run.plan(), run.status().inputs())
                .find(step)
                .map(key -> run.reusableRuns()
                        .flatMap(earlier -> candidates(run, earlier, step, key))
                        .filter(candidate -> isKept(run, candidate, now))
                        .toList())
                .flatMap(all -> first(run, step, all))
                .map(artifact -> {
                    LOG.debugf("%s: step %s reuses %s", ResourceName.of(run.resource()), step.name(), artifact);
                    return new Observation.Reusable(artifact, isKept(run, step, artifact));
                });
    }

    /** An artifact of an earlier run. */
    private record Candidate(PipelineRun from, ArtifactStatus artifact) {}

    /** Returns the first candidate that the run may use and that still exists. */
    private Optional<ArtifactStatus> first(RunContext run, Step step, List<Candidate> all) {
        var usesSecrets =
                step instanceof Step.Task task && !task.spec().secrets().isEmpty();
        var ofAnyTrust = !usesSecrets
                && all.stream()
                        .anyMatch(candidate -> candidate.from().getStatus().trust() != run.trust())
                && mounts.isAllowed(run);
        return all.stream()
                .filter(candidate -> ofAnyTrust || candidate.from().getStatus().trust() == run.trust())
                .filter(candidate -> candidate.artifact().image() != null || isMountable(run, candidate))
                .map(candidate -> candidate
                        .artifact()
                        .asReusedFrom(candidate.from().getMetadata().getName()))
                .findFirst();
    }

    /** Whether an artifact of an earlier run stays until this run names it. */
    private static boolean isKept(RunContext run, Candidate candidate, Instant now) {
        if (candidate.artifact().image() == null) {
            var claim = candidate.artifact().claim();
            return claim != null && NamedArtifacts.isNaming(candidate.from(), claim);
        }
        // It may still exist, but be deleted before it is used.
        var keepFor = run.spec().artifacts().keepFor();
        return keepFor == null
                || !RunHistory.isOlderThan(RunHistory.Run.of(candidate.from()), Durations.parse(keepFor), now);
    }

    private static Stream<Candidate> candidates(RunContext run, PipelineRun earlier, Step step, String key) {
        var registry = run.spec().artifacts().store() == ArtifactsSpec.Store.Registry;
        var name = registry ? new Step.ArtifactUpload(step).name() : step.name();
        return earlier.getStatus().stepsWithPlaces().stream()
                .filter(status -> status.name().equals(name) && status.state() == StepStatus.State.Succeeded)
                .flatMap(status -> Stream.ofNullable(status.artifact()))
                .filter(artifact -> key.equals(artifact.inputs()))
                .filter(artifact -> registry == (artifact.image() != null))
                .map(artifact -> new Candidate(earlier, artifact));
    }

    /** Whether the volume with an artifact is still there, and tasks of the run may mount it. */
    private static boolean isMountable(RunContext run, Candidate candidate) {
        var artifact = candidate.artifact();
        return artifact.onCacheVolume()
                && !candidate.from().isMarkedForDeletion()
                && Objects.equals(artifact.claimUid(), run.volumeUids().get(artifact.claim()))
                && isMountable(run, String.valueOf(artifact.claim()));
    }

    /**
     * Whether tasks of the run may mount a volume. Where those of other refs are not mounted for seeding, since they may be on
     * other nodes, a task that did would keep the other ref's next build waiting.
     */
    private static boolean isMountable(RunContext run, String claim) {
        return NamedArtifacts.isOfItsRef(run.resource(), claim)
                || SeedChoice.mountsOthers(run.storage()
                        .policySpec()
                        .orElse(CachePolicySpec.DEFAULT)
                        .seed());
    }

    /**
     * Whether the artifact stays for as long as the run. On a volume it stays while a run names it, and the watch has to show that
     * this run does. A pod that was told before which artifacts to keep keeps it too, since the earlier run names it.
     */
    private static boolean isKept(RunContext run, Step step, ArtifactStatus artifact) {
        return artifact.image() != null || isNamed(run, step, artifact);
    }

    private static boolean isNamed(RunContext run, Step step, ArtifactStatus artifact) {
        return run.siblings().stream()
                .filter(sibling -> sibling.getMetadata().getUid().equals(run.uid()))
                .flatMap(self -> Stream.ofNullable(self.getStatus()))
                .flatMap(status -> status.stepsWithPlaces().stream())
                .anyMatch(status -> status.name().equals(step.name()) && artifact.equals(status.artifact()));
    }
}
