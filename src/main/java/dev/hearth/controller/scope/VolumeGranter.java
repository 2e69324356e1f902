package dev.hearth.controller.scope;

import dev.hearth.api.CacheScope;
import dev.hearth.cluster.PodClient;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.buildcache.VolumeGrants;
import dev.hearth.core.buildcache.VolumeGrants.Claimant;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.pod.build.BuildPod;
import dev.hearth.pod.observe.PodReader;
import io.fabric8.kubernetes.api.model.Pod;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
        var found = pods.ofScope(
                scope.getMetadata().getNamespace(), scope.getMetadata().getName());
        var unseen = unseenWarmPods(observation, found);
        platforms.removeIf(platform -> unseen.contains(platform) && !holders.containsKey(platform));
        return VolumeGrants.grant(
                platforms, holders, observation.pods().mountedHereOr(new ScopeBuildPods(found)), claimants);
    }

    /** Returns the platforms whose volume has a warm pod that the watch does not show yet. Nobody gets it until it does. */
    private static Set<String> unseenWarmPods(ScopeObservation observation, List<Pod> found) {
        var seen = observation.allPods().stream()
                .map(pod -> pod.getMetadata().getUid())
                .collect(Collectors.toSet());
        return found.stream()
                .filter(pod -> BuildPod.isWarm(pod)
                        && OwnerReferences.owns(observation.scope(), pod)
                        && !PodReader.hasFinished(pod)
                        && !seen.contains(pod.getMetadata().getUid()))
                .map(ObjectLabels::platform)
                .collect(Collectors.toSet());
    }
}
