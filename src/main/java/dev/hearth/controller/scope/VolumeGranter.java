package dev.hearth.controller.scope;

import dev.hearth.api.CacheScope;
import dev.hearth.cluster.PodClient;
import dev.hearth.core.buildcache.VolumeGrants;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Gives volumes to runs. */
@ApplicationScoped
public class VolumeGranter {
    private final PodClient pods;

    public VolumeGranter(PodClient pods) {
        this.pods = pods;
    }

    /** Runs that have a volume from now on, by platform. */
    Map<String, String> grant(VolumeObserver observer) {
        CacheScope scope = observer.scope();
        var platforms = scope.getSpec().platforms().stream()
                .filter(platform ->
                        !observer.departing().contains(observer.before(platform).claim()))
                .collect(Collectors.toSet());
        var holders = new HashMap<String, String>();
        platforms.forEach(platform ->
                Optional.ofNullable(observer.before(platform).run()).ifPresent(run -> holders.put(platform, run)));
        var claimants = VolumeClaimants.of(observer.runs());
        var granted = VolumeGrants.grant(platforms, holders, observer.uses().mounted(), claimants);
        if (granted.equals(holders)) {
            return granted;
        }
        // A volume changes hands: what this operator's watch shows of pods may be old, so the API server itself is
        // asked. Where it is further than the watch, that has yet to show how the pod ended and what it has left.
        var live = new ScopeBuildPods(pods.ofScope(
                scope.getMetadata().getNamespace(), scope.getMetadata().getName()));
        return VolumeGrants.grant(platforms, holders, observer.uses().mountedHereOr(live), claimants);
    }
}
