package dev.hearth.controller.policy;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CachePolicyStatus;
import dev.hearth.api.CacheScope;
import dev.hearth.api.Condition;
import dev.hearth.api.ConditionType;
import dev.hearth.api.Reason;
import dev.hearth.api.Trust;
import dev.hearth.cluster.EventRecorder;
import dev.hearth.cluster.SafeClock;
import dev.hearth.cluster.storage.PolicySelection;
import dev.hearth.cluster.storage.StorageResolver;
import dev.hearth.controller.retention.ScopeEvictor;
import dev.hearth.controller.support.CacheIndex;
import dev.hearth.controller.support.IndependentWork;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.controller.support.RunIndex;
import dev.hearth.controller.support.StatusWriter;
import dev.hearth.controller.support.UnreadableObjects;
import dev.hearth.core.retention.EvictionCandidate;
import dev.hearth.core.retention.EvictionDecider;
import dev.hearth.core.retention.EvictionDecider.Decision;
import dev.hearth.core.retention.EvictionDecider.Eviction;
import dev.hearth.core.retention.PolicyStatusFactory;
import dev.hearth.core.status.ConditionFactory;
import dev.hearth.core.status.StatusReason;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.MaxReconciliationInterval;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Reconciles a cache policy: evicts cache scopes that its retention does not keep, and reports whether the cluster has
 * the storage that it names. It also runs at intervals, since storage classes change and scopes become idle without an
 * event.
 */
@ControllerConfiguration(
        name = "cachepolicy",
        maxReconciliationInterval = @MaxReconciliationInterval(interval = 1, timeUnit = TimeUnit.MINUTES))
@GradualRetry(maxAttempts = -1, initialInterval = 1000, intervalMultiplier = 2, maxInterval = 30_000)
public class CachePolicyReconciler implements Reconciler<CachePolicy> {
    private static final Logger LOG = Logger.getLogger(CachePolicyReconciler.class);

    private static final Duration RETRY = Duration.ofSeconds(5);

    private final StorageResolver storage;
    private final StorageCheck storageCheck;
    private final ScopeEvictor evictions;
    private final EventRecorder events;
    private final CacheIndex index;
    private final UnreadableObjects unreadable;
    private final Clock clock;
    private final SafeClock safeClock;
    private final RunIndex runs;
    private @Nullable PolicyMembership membership;

    public CachePolicyReconciler(
            StorageResolver storage,
            StorageCheck storageCheck,
            ScopeEvictor evictions,
            EventRecorder events,
            CacheIndex index,
            UnreadableObjects unreadable,
            Clock clock,
            SafeClock safeClock,
            RunIndex runs) {
        this.storage = storage;
        this.storageCheck = storageCheck;
        this.evictions = evictions;
        this.events = events;
        this.index = index;
        this.unreadable = unreadable;
        this.clock = clock;
        this.safeClock = safeClock;
        this.runs = runs;
    }

    @Override
    public List<EventSource<?, CachePolicy>> prepareEventSources(EventSourceContext<CachePolicy> context) {
        unreadable.watch(CachePolicy.class, context.getPrimaryCache());
        index.watchPolicies(context.getPrimaryCache());
        var created = new PolicyMembership(context);
        membership = created;
        return created.sources();
    }

    @Override
    public UpdateControl<CachePolicy> reconcile(CachePolicy policy, Context<CachePolicy> context) {
        if (unreadable.report(policy)) {
            return UpdateControl.noUpdate();
        }
        var members = Objects.requireNonNull(membership, "event sources are prepared before anything is reconciled");
        var name = policy.getMetadata().getName();
        var retention = policy.getSpec().retention();
        var all = members.all();
        var policies = context.getPrimaryCache().list().toList();
        var byMembership = all.stream()
                .collect(Collectors.partitioningBy(scope -> scope.unreadable().isEmpty()
                        && PolicySelection.of(scope, policies.stream()).equals(Optional.of(name))));
        var own = Objects.requireNonNull(byMembership.get(true));
        var others = Objects.requireNonNull(byMembership.get(false));
        var decision = new EvictionDecider(retention, safeClock.now())
                .decide(runs.candidates(own), EvictionCandidate.seedClaims(others));
        var work = new IndependentWork();
        LOG.debugf(
                "%s: evicts %s of %s scopes",
                ResourceName.of(policy), decision.evictions().size(), own.size());
        var done = evictions.evict(name, retention, decision.evictions(), own, work);
        done.forEach(eviction -> events.normal(policy, ScopeEvictor.statusReason(retention, eviction)));
        var skew = PolicyStatusFactory.clockSkew(safeClock.ahead());
        var left = own.stream().filter(scope -> !isAmong(done, scope)).toList();
        var status = new PolicyStatusFactory(
                        policy, EvictionCandidate.of(left), members.provisioned(left), decision, done)
                .create(conditions(policy, decision, skew.orElse(null)), clock.instant());
        skew.filter(_ -> !reportsClockSkew(policy)).ifPresent(it -> events.warning(policy, it));
        @Nullable Duration nextCheck = done.size() < decision.evictions().size() ? RETRY : null;
        var control = StatusWriter.write(policy, status, CachePolicy::new, context, nextCheck);
        work.end();
        return control;
    }

    private List<Condition> conditions(CachePolicy policy, Decision decision, @Nullable StatusReason skew) {
        var before = Optional.ofNullable(policy.getStatus())
                .map(CachePolicyStatus::conditions)
                .orElse(List.of());
        var factory = new ConditionFactory(before, policy.getMetadata().getGeneration(), clock.instant());
        var ready = switch (storage.choose(policy.getSpec(), Trust.Trusted)) {
            case StorageResolver.Selection.Chosen _ -> factory.ready(readiness(policy, decision));
            case StorageResolver.Selection.Missing(var why) -> factory.stalled(why);
        };
        return Stream.concat(
                        ready.stream(),
                        Stream.ofNullable(skew).map(it -> factory.condition(ConditionType.ClockSkewed, "True", it)))
                .toList();
    }

    private StatusReason readiness(CachePolicy policy, Decision decision) {
        var storageReason = storageCheck.check(policy.getSpec());
        return decision.excess()
                .map(why -> new StatusReason(Reason.BudgetExceeded, why + "; " + storageReason.message()))
                .orElse(storageReason);
    }

    private static boolean reportsClockSkew(CachePolicy policy) {
        return policy.getStatus() != null
                && ConditionFactory.find(policy.getStatus().conditions(), ConditionType.ClockSkewed)
                        .isPresent();
    }

    private static boolean isAmong(List<Eviction> done, CacheScope scope) {
        var id = EvictionCandidate.of(scope).id();
        return done.stream().anyMatch(eviction -> eviction.scope().id().equals(id));
    }
}
