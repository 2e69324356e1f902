package dev.hearth.controller.scope;

import dev.hearth.api.CacheScope;
import dev.hearth.cluster.PodClient;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.buildcache.VolumeGrants;
import dev.hearth.core.buildcache.VolumeGrants.Claimant;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/** Grants the volumes of a scope to runs. */
@ApplicationScoped
public class VolumeGranter {
    private static final Logger LOG = Logger.getLogger(VolumeGranter.class);

    private final PodClient pods;

    public VolumeGranter(PodClient pods) {
        this.pods = pods;
    }

    /** Returns the runs that have a volume from now on, by platform. */
    Map<String, String> grant(ScopeObservation observation) {
        CacheScope scope = observation.scope();
        var platforms = scope.getSpec().platforms().stream()
                .filter(platform -> !observation
                        .claims()
                        .unusable()
                        .contains(observation.recorded(platform).claim()))
                .collect(Collectors.toSet());
        var holders = new HashMap<String, String>();
        platforms.forEach(platform ->
                Optional.ofNullable(observation.recorded(platform).run()).ifPresent(run -> holders.put(platform, run)));
        var claimants = Claimant.of(observation.runs());
        var granted = VolumeGrants.grant(platforms, holders, observation.pods().mounted(), claimants);
        if (granted.equals(holders)) {
            return granted;
        }
        // A volume changes its holder. The watch may be behind, so the API server is asked which pods mount the volume.
        // Where the API server is ahead of the watch, the watch has yet to show how the former pod ended, and what it
        // sealed.
        LOG.debugf("%s: asks the API server for pods before %s become holders", ResourceName.of(scope), granted);
        var live = new ScopeBuildPods(pods.ofScope(
                scope.getMetadata().getNamespace(), scope.getMetadata().getName()));
        return VolumeGrants.grant(platforms, holders, observation.pods().mountedHereOr(live), claimants);
    }
}
