package dev.hearth.controller.policy;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CachePolicyStatus;
import dev.hearth.cluster.Storage;
import dev.hearth.controller.support.StatusWriter;
import dev.hearth.core.diagnosis.Finding;
import dev.hearth.core.status.Conditions;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.MaxReconciliationInterval;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
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
    private final Clock clock;

    public CachePolicyReconciler(Storage storage, Clock clock) {
        this.storage = storage;
        this.clock = clock;
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
                words.ready(new Finding(
                        "StorageFound", "new volumes have " + chosen.storage().size()));
            case Storage.Choice.Missing(var why) -> words.stalled(why);
        };
        return StatusWriter.write(
                policy, new CachePolicyStatus(generation, conditions), CachePolicy::new, context, Optional.empty());
    }
}
