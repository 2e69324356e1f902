package dev.hearth.controller.scope;

import dev.hearth.api.BuiltCompletely;
import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeStatus;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.SealedGeneration;
import dev.hearth.api.Trust;
import dev.hearth.config.HearthConfig;
import dev.hearth.core.buildcache.BuildKitVersion;
import dev.hearth.core.buildcache.PollInterval;
import dev.hearth.core.buildcache.SeedChoice;
import dev.hearth.core.buildcache.SeedIndex;
import dev.hearth.core.buildcache.SeedSource;
import dev.hearth.core.buildcache.SnapshotRestore;
import dev.hearth.core.buildcache.VolumeFacts;
import dev.hearth.core.buildcache.VolumeFactsBuilder;
import dev.hearth.core.buildcache.VolumeRun;
import dev.hearth.core.plan.Names;
import dev.hearth.core.text.Durations;
import dev.hearth.core.text.Sizes;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What was observed of a scope, and the facts about each of its volumes that follow from it.
 *
 * @param allPods build pods and task pods of the scope
 * @param restores progress of claims that storage restores from a snapshot, by name of the claim
 */
@BuiltCompletely
record ScopeObservation(
        CacheScope scope,
        CachePolicySpec policy,
        HearthConfig config,
        Collection<PipelineRun> runs,
        Collection<Pod> allPods,
        ScopeBuildPods pods,
        SeedIndex seedIndex,
        ScopeClaims claims,
        Map<String, SnapshotRestore> restores,
        SnapshotKeeper snapshots) {

    /** Returns the volume as the status records it. A volume whose restore has failed counts as lost. */
    ScopeVolume recorded(String platform) {
        return scope.volumes().stream()
                .filter(volume -> volume.platform().equals(platform))
                .findFirst()
                .map(volume -> failedRestore(volume.claim()).isPresent() ? volume.lost() : volume)
                .orElseGet(() -> ScopeVolume.unused(platform, claimName(platform, IsolationForm.UserNamespace)));
    }

    /** Returns why the restore of a claim has failed. Empty if it has not. */
    Optional<String> failedRestore(String claim) {
        return restores.get(claim) instanceof SnapshotRestore.Overdue(String why) ? Optional.of(why) : Optional.empty();
    }

    /**
     * Whether the claim of a volume may be created. It may not while a pod that was created for another seed waits for
     * a node: that pod would mount the new volume and not find its seed. The operator deletes such a pod only if it is
     * unchanged, and the scheduler changes it when the former claim disappears.
     */
    boolean mayCreateClaim(ScopeVolume volume) {
        return pods.outdated(volume).isEmpty();
    }

    /** Returns the decided volume with the restore that it waits for, if any. */
    ScopeVolume withPendingRestore(ScopeVolume decided) {
        return restores.get(decided.claim()) instanceof SnapshotRestore.Waiting(var since)
                ? decided.withWaiting(since)
                : decided;
    }

    /** Returns the volume as the status records it, if it has one of these claims. */
    Optional<ScopeVolume> recordedWith(Set<String> claims, String platform) {
        return scope.volumes().stream()
                .filter(volume -> volume.platform().equals(platform) && claims.contains(volume.claim()))
                .findFirst();
    }

    /** Returns those of the holders that do not have their volume yet, by platform. */
    SortedMap<String, String> newHolders(Map<String, String> holders) {
        var newHolders = new TreeMap<>(holders);
        newHolders
                .entrySet()
                .removeIf(entry ->
                        entry.getValue().equals(recorded(entry.getKey()).run()));
        return newHolders;
    }

    /**
     * Returns the facts from which a volume is decided.
     *
     * @param holders runs that have a volume from now on, by platform
     * @param found isolation of the builds of new holders; while it is null, new holders wait
     */
    VolumeFacts facts(String platform, Map<String, String> holders, @Nullable IsolationForm found) {
        var recorded = recorded(platform);
        var changesHolder = newHolders(holders).containsKey(platform);
        var isolation = Optional.ofNullable(found)
                .filter(_ -> changesHolder)
                .or(() -> Optional.ofNullable(recorded.isolation()))
                .orElse(IsolationForm.UserNamespace);
        var claim = claimName(platform, isolation);
        var holder = Optional.ofNullable(holders.get(platform))
                .filter(_ ->
                        !changesHolder || (found != null && !claims.unusable().contains(claim)));
        var volumeRuns = VolumeRun.of(runs);
        var holderRun = holder.map(volumeRuns::get);
        var seedRefs = holderRun.map(VolumeRun::seedRefs).orElse(List.of());
        return VolumeFactsBuilder.builder()
                .before(recorded)
                .claim(claim)
                .uid(Optional.ofNullable(claims.usable().get(recorded.claim()))
                        .filter(_ -> failedRestore(recorded.claim()).isEmpty())
                        .map(it -> it.getMetadata().getUid()))
                .holder(holder)
                .number(holder.map(this::generationOf).orElse(0))
                .runs(volumeRuns)
                .finishedPod(Optional.ofNullable(recorded.run()).flatMap(run -> pods.finished(platform, run)))
                .sources(sources(
                        claim,
                        holderRun
                                .map(it -> seedIndex.sources(
                                        scope,
                                        platform,
                                        it.seedRefs(),
                                        it.recipe().orElse(null)))
                                .orElse(List.of())))
                .existing(seedIndex.existing())
                .pinned(seedIndex.pinned(recorded.claim()))
                .rollbackTo(Optional.ofNullable(scope.getSpec().rollbackTo()))
                .defaultRecipe(
                        seedRefs.isEmpty() ? Optional.empty() : seedIndex.recipe(scope, seedRefs.getLast(), platform))
                .policy(policy)
                .size(volumeKib())
                .constraints(new SeedChoice.Constraints(
                        scope.getSpec().trust(),
                        isolation,
                        isNew(claim),
                        Sizes.copiedWithin(seedLimit()),
                        BuildKitVersion.PINNED))
                .build();
    }

    /**
     * Returns the facts of a volume as the next run of the ref will find it.
     *
     * @param decided the volume, which no run holds
     * @param last the last run: the next one is expected to be like it
     */
    VolumeFacts forNextRun(VolumeFacts facts, ScopeVolume decided, PipelineRun last) {
        var run = VolumeRun.next(last);
        return facts.withBefore(decided)
                .withFinishedPod(Optional.empty())
                .withHolder(Optional.of(run.run()))
                .withNumber(lastGeneration() + 1)
                .withRuns(Map.of(run.run(), run));
    }

    /** Returns the size that the policy gives each volume of a scope of this trust, in KiB. */
    long volumeKib() {
        return Sizes.kib(policy.size(scope.getSpec().trust()));
    }

    private boolean isNew(String claim) {
        return !claims.usable().containsKey(claim) || failedRestore(claim).isPresent();
    }

    private String claimName(String platform, IsolationForm isolation) {
        return Names.volume(scope.getMetadata().getName(), platform, isolation);
    }

    /** Returns the possible seeds with the snapshots from which storage can restore the claim of the volume. */
    private List<SeedSource> sources(String claim, List<SeedSource> sources) {
        return failedRestore(claim)
                .map(why -> sources.stream()
                        .map(source -> source.withoutSnapshot(why))
                        .toList())
                .orElseGet(() -> isNew(claim)
                        ? snapshots.restorable(scope.getMetadata().getNamespace(), policy, sources)
                        : sources);
    }

    /** Returns the number of the generation that a run may seal: the same for all platforms, and never used before. */
    private int generationOf(String run) {
        return scope.volumes().stream()
                .filter(volume -> run.equals(volume.run()) && volume.sealing() != null)
                .map(ScopeVolume::sealing)
                .findFirst()
                .orElseGet(() -> lastGeneration() + 1);
    }

    /** Returns the highest number that a generation of the scope has, or is to have. */
    int lastGeneration(List<ScopeVolume> decided) {
        return decided.stream()
                .flatMap(volume -> Optional.ofNullable(volume.sealing()).stream())
                .reduce(lastGeneration(), Math::max);
    }

    private int lastGeneration() {
        var recorded = Optional.ofNullable(scope.getStatus())
                .map(CacheScopeStatus::lastGeneration)
                .orElse(0);
        return scope.volumes().stream()
                .flatMap(volume -> Stream.concat(
                        Stream.ofNullable(volume.sealing()),
                        volume.generations().stream().map(SealedGeneration::number)))
                .reduce(recorded, Math::max);
    }

    /** Returns when a pending restore is to be checked again. Empty if there is none. */
    Optional<Duration> nextCheck(Instant now) {
        return restores.values().stream()
                .flatMap(restore ->
                        restore instanceof SnapshotRestore.Waiting(var since) ? Stream.of(since) : Stream.empty())
                .map(wait -> Duration.between(Instant.parse(wait.since()), now))
                .map(elapsed -> PollInterval.until(seedLimit(), elapsed))
                .min(Duration::compareTo);
    }

    private Duration seedLimit() {
        return Durations.parse(policy.seedWithin());
    }

    boolean isTrusted() {
        return scope.getSpec().trust() == Trust.Trusted;
    }
}
