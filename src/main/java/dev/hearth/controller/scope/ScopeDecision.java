package dev.hearth.controller.scope;

import dev.hearth.api.ScopeVolume;
import dev.hearth.core.isolation.IsolationDecision;
import dev.hearth.core.isolation.IsolationStatus;
import java.util.List;

/**
 * What is decided about a scope in one reconciliation.
 *
 * @param volumes the volumes as they are to be, one per platform
 * @param isolation isolation of the builds of runs that get their volume now
 * @param isolationStatus isolation as the status records it from now on
 * @param wantsSnapshots whether the policy and the isolation need snapshots of sealed generations
 */
record ScopeDecision(
        List<ScopeVolume> volumes,
        IsolationDecision isolation,
        IsolationStatus isolationStatus,
        boolean wantsSnapshots) {}
