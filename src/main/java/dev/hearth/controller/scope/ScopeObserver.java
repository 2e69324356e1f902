package dev.hearth.controller.scope;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.CacheScope;
import dev.hearth.api.CacheScopeStatus;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.SealedGeneration;
import dev.hearth.api.Trust;
import dev.hearth.controller.support.HearthConfig;
import dev.hearth.core.cache.Neighbours;
import dev.hearth.core.cache.SeedChoice;
import dev.hearth.core.cache.Source;
import dev.hearth.core.cache.Tenant;
import dev.hearth.core.cache.VolumeFacts;
import dev.hearth.core.plan.Durations;
import dev.hearth.core.plan.Names;
import dev.hearth.pod.BuildPod;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Gathers the facts that a scope's volumes are decided from, one volume at a time. */
record ScopeObserver(
        CacheScope scope,
        CachePolicySpec policy,
        HearthConfig config,
        Collection<PipelineRun> runs,
        Uses uses,
        Neighbours neighbours,
        Set<String> claims) {
    /** What a copy is taken to manage, in KiB a second: a disk of the slow kind. */
    private static final long COPY_RATE = 40L << 10;

    Map<String, Tenant> tenants() {
        return Tenants.of(runs);
    }

    ScopeVolume before(String platform) {
        return volumes(scope)
                .filter(volume -> volume.platform().equals(platform))
                .findFirst()
                .orElseGet(() -> ScopeVolume.unused(platform, claim(platform)));
    }

    String claim(String platform) {
        return Names.volume(scope.getMetadata().getName(), platform);
    }

    VolumeFacts facts(String platform, Optional<String> holder) {
        var before = before(platform);
        var tenants = tenants();
        var tenant = holder.map(tenants::get);
        var bases = tenant.map(Tenant::bases).orElse(List.of());
        return new VolumeFacts(
                before,
                scope.getSpec().trust(),
                holder,
                holder.map(this::number).orElse(0),
                tenants,
                Optional.ofNullable(before.run()).flatMap(run -> uses.ended(platform, run)),
                sources(platform, tenant),
                neighbours.living(),
                neighbours.pinned(before.claim()),
                Optional.ofNullable(scope.getSpec().rollbackTo()),
                bases.isEmpty()
                        ? Optional.empty()
                        : neighbours.recipe(scope.getSpec().pipeline(), bases.getLast(), platform),
                policy,
                new SeedChoice.Means(
                        config.buildkit().isolation() == BuildPod.Isolation.UserNamespace,
                        !claims.contains(before.claim()),
                        COPY_RATE * Durations.parse(policy.seedWithin()).toSeconds(),
                        config.buildkit().image()));
    }

    private List<Source> sources(String platform, Optional<Tenant> tenant) {
        return tenant.map(it -> neighbours.sources(scope, platform, it.bases(), it.recipe()))
                .orElse(List.of());
    }

    /** The same for all platforms of a run, and never one that was given to another. */
    int number(String run) {
        return volumes(scope)
                .filter(volume -> run.equals(volume.run()) && volume.sealing() != null)
                .map(ScopeVolume::sealing)
                .findFirst()
                .orElseGet(() -> highest() + 1);
    }

    int highest() {
        var given = Optional.ofNullable(scope.getStatus())
                .map(CacheScopeStatus::numbered)
                .orElse(0);
        return volumes(scope)
                .flatMap(volume -> Stream.concat(
                        Stream.ofNullable(volume.sealing()),
                        volume.generations().stream().map(SealedGeneration::number)))
                .reduce(given, Math::max);
    }

    boolean trusted() {
        return scope.getSpec().trust() == Trust.Trusted;
    }

    private static Stream<ScopeVolume> volumes(CacheScope scope) {
        return Optional.ofNullable(scope.getStatus()).map(CacheScopeStatus::volumes).orElse(List.of()).stream();
    }
}
