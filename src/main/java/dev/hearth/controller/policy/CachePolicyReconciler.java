package dev.hearth.controller.policy;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CachePolicyStatus;
import dev.hearth.api.CacheScope;
import dev.hearth.api.Condition;
import dev.hearth.api.Trust;
import dev.hearth.cluster.Events;
import dev.hearth.cluster.FollowedPolicy;
import dev.hearth.cluster.PrudentClock;
import dev.hearth.cluster.Storage;
import dev.hearth.controller.support.Attempts;
import dev.hearth.controller.support.KeptScopes;
import dev.hearth.controller.support.KnownCaches;
import dev.hearth.controller.support.ScopeEvictions;
import dev.hearth.controller.support.StatusWriter;
import dev.hearth.controller.support.UnreadableObjects;
import dev.hearth.core.cache.Retention;
import dev.hearth.core.cache.Retention.Decision;
import dev.hearth.core.cache.Retention.Eviction;
import dev.hearth.core.diagnosis.Finding;
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

    private final Storage storage;
    private final StorageFinding findings;
    private final ScopeEvictions evictions;
    private final Events events;
    private final KnownCaches known;
    private final UnreadableObjects unreadable;
    private final Clock clock;
    private final PrudentClock prudent;
    private @Nullable PolicyScopes scopes;

    public CachePolicyReconciler(
            Storage storage,
            StorageFinding findings,
            ScopeEvictions evictions,
            Events events,
            KnownCaches known,
            UnreadableObjects unreadable,
            Clock clock,
            PrudentClock prudent) {
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
        var watched = new PolicyScopes(context);
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
                        scope -> FollowedPolicy.of(scope, policies.stream()).equals(Optional.of(name))));
        var own = Objects.requireNonNull(followers.get(true)).stream()
                .filter(scope -> scope.unreadable().isEmpty())
                .toList();
        var others = all.stream().filter(scope -> !own.contains(scope)).toList();
        var decision = new Retention(retention, prudent.now()).decide(KeptScopes.of(own), KeptScopes.reads(others));
        var attempts = new Attempts();
        var done = evictions.carryOut(name, retention, decision.evictions(), own, attempts);
        done.forEach(eviction -> events.normal(policy, ScopeEvictions.finding(retention, eviction)));
        var skew = ClockSkew.of(prudent.ahead());
        var left = own.stream().filter(scope -> !isAmong(done, scope)).toList();
        var report = new PolicyReport(policy, KeptScopes.of(left), watched.provisioned(left), decision, done);
        var status = report.with(conditions(policy, decision, skew), clock.instant());
        skew.filter(_ -> !isKnown(policy)).ifPresent(it -> events.warning(policy, it));
        var again = done.size() < decision.evictions().size() ? Optional.of(RETRY) : Optional.<Duration>empty();
        var control = StatusWriter.write(policy, status, CachePolicy::new, context, again);
        attempts.end();
        return control;
    }

    private List<Condition> conditions(CachePolicy policy, Decision decision, Optional<Finding> skew) {
        var before = Optional.ofNullable(policy.getStatus())
                .map(CachePolicyStatus::conditions)
                .orElse(List.of());
        var words = new Conditions(before, policy.getMetadata().getGeneration(), clock.instant());
        var standing = switch (storage.choose(policy.getSpec(), Trust.Trusted)) {
            case Storage.Choice.Chosen _ -> words.ready(found(policy, decision));
            case Storage.Choice.Missing(var why) -> words.stalled(why);
        };
        return Stream.concat(
                        standing.stream(), skew.stream().map(it -> words.condition(ClockSkew.CONDITION, "True", it)))
                .toList();
    }

    private Finding found(CachePolicy policy, Decision decision) {
        var found = findings.of(policy.getSpec());
        return decision.excess()
                .map(why -> new Finding("OverBudget", why + "; " + found.message()))
                .orElse(found);
    }

    private static boolean isKnown(CachePolicy policy) {
        return policy.getStatus() != null
                && policy.getStatus().conditions().stream()
                        .anyMatch(condition -> condition.type().equals(ClockSkew.CONDITION));
    }

    private static boolean isAmong(List<Eviction> done, CacheScope scope) {
        var id = KeptScopes.of(scope).id();
        return done.stream().anyMatch(eviction -> eviction.scope().id().equals(id));
    }
}
