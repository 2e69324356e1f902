package dev.hearth.controller.scope;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeStatus;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.SealedGeneration;
import dev.hearth.api.Trust;
import dev.hearth.config.HearthConfig;
import dev.hearth.core.buildcache.SeedChoice;
import dev.hearth.core.buildcache.SeedIndex;
import dev.hearth.core.buildcache.SeedSource;
import dev.hearth.core.buildcache.SnapshotRestore;
import dev.hearth.core.buildcache.VolumeFacts;
import dev.hearth.core.buildcache.VolumeRun;
import dev.hearth.core.plan.Names;
import dev.hearth.core.text.Durations;
import dev.hearth.core.text.PollInterval;
import dev.hearth.core.text.Sizes;
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

/**
 * Gathers the facts that a scope's volumes are decided from, one volume at a time.
 *
 * @param claims those that are there, uid by name
 * @param departing names of those that are being deleted, as of an earlier scope of this name: until one is gone, there is
 *     no volume
 */
record VolumeObserver(
        CacheScope scope,
        CachePolicySpec policy,
        HearthConfig config,
        Collection<PipelineRun> runs,
        ScopeBuildPods uses,
        SeedIndex neighbours,
        Map<String, String> claims,
        Set<String> departing,
        Map<String, SnapshotRestore> restores,
        RestorableSeeds snapshots) {
    Map<String, VolumeRun> tenants() {
        return VolumeRunReader.of(runs);
    }

    ScopeVolume before(String platform) {
        return scope.volumes().stream()
                .filter(volume -> volume.platform().equals(platform))
                .findFirst()
                // What a volume was to start from and cannot is as good as nothing.
                .map(volume -> overdue(volume.claim()).isPresent() ? volume.lost() : volume)
                .orElseGet(() -> ScopeVolume.unused(platform, claim(platform, IsolationForm.UserNamespace)));
    }

    /** Why a claim has just been given up; empty if it has not. */
    Optional<String> overdue(String claim) {
        return restores.get(claim) instanceof SnapshotRestore.Overdue(String why) ? Optional.of(why) : Optional.empty();
    }

    /**
     * Whether the claim of a volume may be created. It may not while a pod that was created for another seed waits for a node:
     * that pod would mount the new volume and not find its seed. The operator deletes such a pod only if it is unchanged, and
     * the scheduler changes it when the former claim disappears.
     */
    boolean mayMake(ScopeVolume volume) {
        return uses.outdated(volume).isEmpty();
    }

    /** A volume as decided, with what storage still has to do for it. */
    ScopeVolume waiting(ScopeVolume decided) {
        return restores.get(decided.claim()) instanceof SnapshotRestore.Waiting(var since)
                ? decided.waiting(since)
                : decided;
    }

    /** Runs that are to get a volume which they do not have yet, by platform. */
    SortedMap<String, String> passing(Map<String, String> holders) {
        var passing = new TreeMap<>(holders);
        passing.entrySet()
                .removeIf(
                        entry -> entry.getValue().equals(before(entry.getKey()).run()));
        return passing;
    }

    /**
     * The facts of a volume.
     *
     * @param holders runs that are to have one, by platform
     * @param found isolation of the builds of those that did not have it before; without one they wait
     */
    VolumeFacts facts(String platform, Map<String, String> holders, Optional<IsolationForm> found) {
        var before = before(platform);
        var passes = passing(holders).containsKey(platform);
        var isolation = found.filter(_ -> passes)
                .or(() -> Optional.ofNullable(before.isolation()))
                .orElse(IsolationForm.UserNamespace);
        var claim = claim(platform, isolation);
        var holder = Optional.ofNullable(holders.get(platform))
                .filter(_ -> !passes || (found.isPresent() && !departing.contains(claim)));
        var tenants = tenants();
        var tenant = holder.map(tenants::get);
        var bases = tenant.map(VolumeRun::seedRefs).orElse(List.of());
        return new VolumeFacts(
                before,
                claim,
                Optional.ofNullable(claims.get(before.claim()))
                        .filter(_ -> overdue(before.claim()).isEmpty()),
                holder,
                holder.map(this::number).orElse(0),
                tenants,
                Optional.ofNullable(before.run()).flatMap(run -> uses.ended(platform, run)),
                sources(platform, claim, tenant),
                neighbours.existing(),
                neighbours.pinned(before.claim()),
                Optional.ofNullable(scope.getSpec().rollbackTo()),
                bases.isEmpty() ? Optional.empty() : neighbours.recipe(scope, bases.getLast(), platform),
                policy,
                size(),
                new SeedChoice.Constraints(
                        scope.getSpec().trust(),
                        isolation,
                        isFresh(claim),
                        Sizes.copiedWithin(limit()),
                        HearthConfig.Buildkit.image(config.buildkit(), isolation)));
    }

    /** What the policy gives each volume of a scope of this trust, in KiB. */
    long size() {
        return Sizes.kib(policy.size(scope.getSpec().trust()));
    }

    private boolean isFresh(String claim) {
        return !claims.containsKey(claim) || overdue(claim).isPresent();
    }

    private String claim(String platform, IsolationForm isolation) {
        return Names.volume(scope.getMetadata().getName(), platform, isolation);
    }

    private List<SeedSource> sources(String platform, String claim, Optional<VolumeRun> tenant) {
        var sources = tenant.map(it -> neighbours.sources(scope, platform, it.seedRefs(), it.recipe()))
                .orElse(List.of());
        return overdue(claim)
                .map(why -> sources.stream()
                        .map(source -> source.withoutSnapshot(why))
                        .toList())
                .orElseGet(() -> isFresh(claim)
                        ? snapshots.usable(scope.getMetadata().getNamespace(), policy, sources)
                        : sources);
    }

    /** The same for all platforms of a run, and never one that was given to another. */
    int number(String run) {
        return scope.volumes().stream()
                .filter(volume -> run.equals(volume.run()) && volume.sealing() != null)
                .map(ScopeVolume::sealing)
                .findFirst()
                .orElseGet(() -> highest() + 1);
    }

    int numbered(List<ScopeVolume> decided) {
        return decided.stream()
                .flatMap(volume -> Optional.ofNullable(volume.sealing()).stream())
                .reduce(highest(), Math::max);
    }

    /** When storage may have gone on, or has had its time. */
    Optional<Duration> nextCheck(Instant now) {
        return restores.values().stream()
                .flatMap(restore ->
                        restore instanceof SnapshotRestore.Waiting(var since) ? Stream.of(since) : Stream.empty())
                .map(wait -> Duration.between(Instant.parse(wait.since()), now))
                .map(soFar -> PollInterval.until(limit(), soFar))
                .min(Duration::compareTo);
    }

    private Duration limit() {
        return Durations.parse(policy.seedWithin());
    }

    private int highest() {
        var given = Optional.ofNullable(scope.getStatus())
                .map(CacheScopeStatus::lastGeneration)
                .orElse(0);
        return scope.volumes().stream()
                .flatMap(volume -> Stream.concat(
                        Stream.ofNullable(volume.sealing()),
                        volume.generations().stream().map(SealedGeneration::number)))
                .reduce(given, Math::max);
    }

    boolean trusted() {
        return scope.getSpec().trust() == Trust.Trusted;
    }
}
