package dev.hearth.controller.scope;

import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.buildcache.SeedChoice;
import dev.hearth.core.buildcache.VolumeDecider;
import dev.hearth.core.isolation.IsolationStatus;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import org.jboss.logging.Logger;

/** Decides which runs get the volumes of a scope, and what becomes of each volume. It may start a preflight. */
@ApplicationScoped
public class ScopeDecider {
    private static final Logger LOG = Logger.getLogger(ScopeDecider.class);

    private final VolumeGranter grants;
    private final IsolationResolver isolations;
    private final WarmPodKeeper warm;

    public ScopeDecider(VolumeGranter grants, IsolationResolver isolations, WarmPodKeeper warm) {
        this.grants = grants;
        this.isolations = isolations;
        this.warm = warm;
    }

    ScopeDecision decide(ScopeObservation observation, Instant now) {
        var scope = observation.scope();
        var holders = grants.grant(observation);
        var isolation = isolations.resolve(observation, holders);
        var isolationStatus = IsolationStatus.of(scope.getStatus()).update(isolation, now);
        LOG.debugf("%s: grants volumes to %s, isolation %s", ResourceName.of(scope), holders, isolation);
        return new ScopeDecision(
                scope.getSpec().platforms().stream()
                        .map(platform -> observation.facts(
                                platform, holders, isolation.form().orElse(null)))
                        .map(facts -> warm.plan(
                                observation,
                                facts,
                                observation.withPendingRestore(new VolumeDecider(facts).decide()),
                                now))
                        .toList(),
                isolation,
                isolationStatus,
                observation.isTrusted()
                        && isolationStatus
                                .form()
                                .filter(form -> SeedChoice.needsSnapshots(
                                        observation.policy().seed(), form))
                                .isPresent());
    }
}
