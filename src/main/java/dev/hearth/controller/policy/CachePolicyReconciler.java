package dev.hearth.controller.policy;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.CachePolicyStatus;
import dev.hearth.cluster.Storage;
import dev.hearth.cluster.VolumeSnapshots;
import dev.hearth.controller.support.HearthConfig;
import dev.hearth.controller.support.KnownCaches;
import dev.hearth.controller.support.StatusWriter;
import dev.hearth.core.cache.SeedChoice;
import dev.hearth.core.diagnosis.Finding;
import dev.hearth.core.isolation.Verdict;
import dev.hearth.core.status.Conditions;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.MaxReconciliationInterval;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Says whether the cluster has the storage that a policy asks for; looks again now and then, since classes come and go. */
@ControllerConfiguration(
        name = "cachepolicy",
        maxReconciliationInterval = @MaxReconciliationInterval(interval = 1, timeUnit = TimeUnit.MINUTES))
@GradualRetry(maxAttempts = -1, initialInterval = 1000, intervalMultiplier = 2, maxInterval = 30_000)
public class CachePolicyReconciler implements Reconciler<CachePolicy> {
    private final Storage storage;
    private final VolumeSnapshots snapshots;
    private final KnownCaches known;
    private final HearthConfig config;
    private final Clock clock;

    public CachePolicyReconciler(
            Storage storage, VolumeSnapshots snapshots, KnownCaches known, HearthConfig config, Clock clock) {
        this.storage = storage;
        this.snapshots = snapshots;
        this.known = known;
        this.config = config;
        this.clock = clock;
    }

    @Override
    public List<EventSource<?, CachePolicy>> prepareEventSources(EventSourceContext<CachePolicy> context) {
        known.watchPolicies(context.getPrimaryCache());
        return List.of();
    }

    @Override
    public UpdateControl<CachePolicy> reconcile(CachePolicy policy, Context<CachePolicy> context) {
        var generation = policy.getMetadata().getGeneration();
        var before = Optional.ofNullable(policy.getStatus())
                .map(CachePolicyStatus::conditions)
                .orElse(List.of());
        var words = new Conditions(before, generation, clock.instant());
        var conditions = switch (storage.choose(policy.getSpec())) {
            case Storage.Choice.Chosen chosen ->
                words.ready(found(policy.getSpec(), chosen.storage().size()));
            case Storage.Choice.Missing(var why) -> words.stalled(why);
        };
        return StatusWriter.write(
                policy, new CachePolicyStatus(generation, conditions), CachePolicy::new, context, Optional.empty());
    }

    /**
     * A snapshot class that cannot be used is no reason to stall: the same policy serves clusters without snapshots, and
     * what Snapshot cannot do the next mode does.
     */
    private Finding found(CachePolicySpec policy, String size) {
        var volumes = "new volumes have " + size;
        var className = policy.storage().snapshotClassName();
        if (className == null) {
            return new Finding("StorageFound", volumes);
        }
        // Auto may come to a weaker form in some namespace, and then snapshots are made there.
        var strongest = Verdict.candidates(policy.isolation(), config.buildkit().isolation())
                .getFirst();
        if (!SeedChoice.needsSnapshots(policy.seed(), strongest)) {
            return new Finding(
                    "StorageFound",
                    volumes + "; no VolumeSnapshots are made, since spec.seed lists no Snapshot, or Overlay before it");
        }
        return snapshots
                .obstacle(className)
                .map(why -> new Finding("SnapshotSkipped", volumes + "; Snapshot is skipped: " + why))
                .orElseGet(() -> new Finding("StorageFound", volumes + "; VolumeSnapshots are of class " + className));
    }
}
