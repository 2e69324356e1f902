package dev.hearth.controller.scope;

import dev.hearth.controller.support.IndependentWork;
import dev.hearth.core.buildcache.StorageChoice;
import jakarta.enterprise.context.ApplicationScoped;

/** Carries out what was decided about a scope: creates, expands and deletes its claims and snapshots. */
@ApplicationScoped
public class ScopeActor {
    private final ClaimKeeper claims;
    private final SnapshotKeeper snapshots;
    private final TaskCacheVolumeKeeper taskCaches;
    private final WarmPodKeeper warm;

    public ScopeActor(
            ClaimKeeper claims, SnapshotKeeper snapshots, TaskCacheVolumeKeeper taskCaches, WarmPodKeeper warm) {
        this.claims = claims;
        this.snapshots = snapshots;
        this.taskCaches = taskCaches;
        this.warm = warm;
    }

    /** Acts, and returns what has come of it. Failures of the API server are in the work. */
    ScopeOutcome act(
            ScopeDecision decision, ScopeObservation observation, StorageChoice storage, IndependentWork work) {
        var scope = observation.scope();
        var changed = claims.deleteFailedRestores(observation);
        var decided = decision.volumes().stream()
                .map(volume ->
                        observation.recordedWith(changed, volume.platform()).orElse(volume))
                .toList();
        claims.deleteLost(observation, work);
        claims.deleteOutdatedPods(decided, observation, work);
        claims.deleteFormer(observation, decided, work);
        warm.act(scope, decision.warm(), work);
        var created = claims.create(scope, decided, observation, storage, work);
        var notExpanded = claims.expand(observation.claims().expandable(), storage.size());
        var withSnapshots = snapshots.update(
                scope,
                observation.policy(),
                decision.wantsSnapshots(),
                observation.seedIndex().restoring(),
                created);
        var taskCacheVolumes = taskCaches.update(observation, storage, work);
        return new ScopeOutcome(
                withSnapshots,
                observation.lastGeneration(created),
                taskCacheVolumes,
                notExpanded,
                taskCaches.nextCheck(taskCacheVolumes));
    }
}
