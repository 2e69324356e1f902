package dev.hearth.controller.scope;

import dev.hearth.api.CacheScope;
import dev.hearth.cluster.Pods;
import dev.hearth.core.cache.VolumeGrants;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Gives volumes to runs. */
@ApplicationScoped
public class Grants {
    private final Pods pods;

    public Grants(Pods pods) {
        this.pods = pods;
    }

    /** Runs that have a volume from now on, by platform. */
    Map<String, String> of(ScopeObserver observer) {
        CacheScope scope = observer.scope();
        var platforms = scope.getSpec().platforms().stream()
                .filter(platform ->
                        !observer.departing().contains(observer.before(platform).claim()))
                .collect(Collectors.toSet());
        var holders = new HashMap<String, String>();
        platforms.forEach(platform ->
                Optional.ofNullable(observer.before(platform).run()).ifPresent(run -> holders.put(platform, run)));
        var claimants = Claimants.of(observer.runs());
        var granted = VolumeGrants.grant(platforms, holders, observer.uses().mounted(), claimants);
        if (granted.equals(holders)) {
            return granted;
        }
        // A volume changes hands: what this operator's watch shows of pods may be old, so the API server itself is
        // asked. Where it is further than the watch, that has yet to show how the pod ended and what it has left.
        var live = new Uses(pods.ofScope(
                scope.getMetadata().getNamespace(), scope.getMetadata().getName()));
        return VolumeGrants.grant(platforms, holders, observer.uses().mountedHereOr(live), claimants);
    }
}
