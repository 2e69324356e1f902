package dev.hearth.controller.scope;

import dev.hearth.api.ScopeVolume;
import dev.hearth.core.isolation.IsolationDecision;
import dev.hearth.core.isolation.IsolationStatus;
import java.util.List;

/**
 * What is decided about a scope in one reconciliation.
 *
 * @param warm the volumes as they are to be, one per platform, with the pods that keep daemons warm on them
 * @param isolation isolation of the builds of runs that get their volume now
 * @param isolationStatus isolation as the status records it from now on
 * @param wantsSnapshots whether the policy and the isolation need snapshots of sealed generations
 */
record ScopeDecision(
        List<WarmPodKeeper.Plan> warm,
        IsolationDecision isolation,
        IsolationStatus isolationStatus,
        boolean wantsSnapshots) {

    List<ScopeVolume> volumes() {
        return warm.stream().map(WarmPodKeeper.Plan::volume).toList();
    }
}
