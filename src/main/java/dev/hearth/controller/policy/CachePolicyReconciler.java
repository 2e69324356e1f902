package dev.hearth.controller.policy;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CachePolicyStatus;
import dev.hearth.api.CacheScope;
import dev.hearth.api.Condition;
import dev.hearth.api.Reason;
import dev.hearth.api.Trust;
import dev.hearth.cluster.EventRecorder;
import dev.hearth.cluster.SafeClock;
import dev.hearth.cluster.storage.PolicySelection;
import dev.hearth.cluster.storage.StorageResolver;
import dev.hearth.controller.retention.EvictionCandidateReader;
import dev.hearth.controller.retention.ScopeEvictor;
import dev.hearth.controller.support.CacheIndex;
import dev.hearth.controller.support.IndependentWork;
import dev.hearth.controller.support.StatusWriter;
import dev.hearth.controller.support.UnreadableObjects;
import dev.hearth.core.retention.EvictionDecider;
import dev.hearth.core.retention.EvictionDecider.Decision;
import dev.hearth.core.retention.EvictionDecider.Eviction;
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
import org.jspecify.annotations.Nullable;

/**
 * Keeps the caches of a policy within what it says, and says whether the cluster has the storage that it asks for. It looks
 * again now and then, since storage classes come and go and scopes become idle by themselves.
 */
@ControllerConfiguration(
        name = "cachepolicy",
        maxReconciliationInterval = @MaxReconciliationInterval(interval = 1, timeUnit = TimeUnit.MINUTES))
@GradualRetry(maxAttempts = -1, initialInterval = 1000, intervalMultiplier = 2, maxInterval = 30_000)
public class CachePolicyReconciler implements Reconciler<CachePolicy> {
    private static final Duration RETRY = Duration.ofSeconds(5);

    private final StorageResolver storage;
    private final StorageCheck findings;
    private final ScopeEvictor evictions;
    private final EventRecorder events;
    private final CacheIndex known;
    private final UnreadableObjects unreadable;
    private final Clock clock;
    private final SafeClock prudent;
    private @Nullable PolicyMembership scopes;

    public CachePolicyReconciler(
            StorageResolver storage,
            StorageCheck findings,
            ScopeEvictor evictions,
            EventRecorder events,
            CacheIndex known,
            UnreadableObjects unreadable,
            Clock clock,
            SafeClock prudent) {
        this.storage = storage;
        this.findings = findings;
        this.evictions = evictions;
        this.events = events;
        this.known = known;
        this.unreadable = unreadable;
        this.clock = clock;
        this.prudent = prudent;
    }

    @Override
    public List<EventSource<?, CachePolicy>> prepareEventSources(EventSourceContext<CachePolicy> context) {
        unreadable.watch(CachePolicy.class, context.getPrimaryCache());
        known.watchPolicies(context.getPrimaryCache());
        var watched = new PolicyMembership(context);
        scopes = watched;
        return watched.sources();
    }

    @Override
    public UpdateControl<CachePolicy> reconcile(CachePolicy policy, Context<CachePolicy> context) {
        if (unreadable.report(policy)) {
            return UpdateControl.noUpdate();
        }
        var watched = Objects.requireNonNull(scopes, "event sources are prepared before anything is reconciled");
        var name = policy.getMetadata().getName();
        var retention = policy.getSpec().retention();
        var all = watched.all();
        var policies = context.getPrimaryCache().list().toList();
        var followers = all.stream()
                .collect(Collectors.partitioningBy(
                        scope -> PolicySelection.of(scope, policies.stream()).equals(Optional.of(name))));
        var own = Objects.requireNonNull(followers.get(true)).stream()
                .filter(scope -> scope.unreadable().isEmpty())
                .toList();
        var others = all.stream().filter(scope -> !own.contains(scope)).toList();
        var decision = new EvictionDecider(retention, prudent.now())
                .decide(EvictionCandidateReader.of(own), EvictionCandidateReader.reads(others));
        var attempts = new IndependentWork();
        var done = evictions.evict(name, retention, decision.evictions(), own, attempts);
        done.forEach(eviction -> events.normal(policy, ScopeEvictor.finding(retention, eviction)));
        var skew = ClockSkewCondition.of(prudent.ahead());
        var left = own.stream().filter(scope -> !isAmong(done, scope)).toList();
        var report = new PolicyStatusFactory(
                policy, EvictionCandidateReader.of(left), watched.provisioned(left), decision, done);
        var status = report.with(conditions(policy, decision, skew), clock.instant());
        skew.filter(_ -> !isKnown(policy)).ifPresent(it -> events.warning(policy, it));
        var again = done.size() < decision.evictions().size() ? Optional.of(RETRY) : Optional.<Duration>empty();
        var control = StatusWriter.write(policy, status, CachePolicy::new, context, again);
        attempts.end();
        return control;
    }

    private List<Condition> conditions(CachePolicy policy, Decision decision, Optional<StatusReason> skew) {
        var before = Optional.ofNullable(policy.getStatus())
                .map(CachePolicyStatus::conditions)
                .orElse(List.of());
        var words = new ConditionFactory(before, policy.getMetadata().getGeneration(), clock.instant());
        var standing = switch (storage.choose(policy.getSpec(), Trust.Trusted)) {
            case StorageResolver.Selection.Chosen _ -> words.ready(found(policy, decision));
            case StorageResolver.Selection.Missing(var why) -> words.stalled(why);
        };
        return Stream.concat(
                        standing.stream(),
                        skew.stream().map(it -> words.condition(ClockSkewCondition.CONDITION, "True", it)))
                .toList();
    }

    private StatusReason found(CachePolicy policy, Decision decision) {
        var found = findings.check(policy.getSpec());
        return decision.excess()
                .map(why -> new StatusReason(Reason.BudgetExceeded, why + "; " + found.message()))
                .orElse(found);
    }

    private static boolean isKnown(CachePolicy policy) {
        return policy.getStatus() != null
                && ConditionFactory.find(policy.getStatus().conditions(), ClockSkewCondition.CONDITION)
                        .isPresent();
    }

    private static boolean isAmong(List<Eviction> done, CacheScope scope) {
        var id = EvictionCandidateReader.of(scope).id();
        return done.stream().anyMatch(eviction -> eviction.scope().id().equals(id));
    }
}
