package dev.hearth.controller.retention;

import dev.hearth.api.CacheScope;
import dev.hearth.api.Pipeline;
import dev.hearth.api.Reason;
import dev.hearth.api.RetentionSpec;
import dev.hearth.audit.AuditEvent;
import dev.hearth.audit.AuditLog;
import dev.hearth.cluster.CacheScopeClient;
import dev.hearth.cluster.EventRecorder;
import dev.hearth.controller.metrics.CacheMetrics;
import dev.hearth.controller.support.IndependentWork;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.retention.EvictionCandidate;
import dev.hearth.core.retention.EvictionDecider.Eviction;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.Sizes;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/** Evicts scopes, and records each eviction in events of its pipeline, metrics and the audit log. */
@ApplicationScoped
public class ScopeEvictor {
    private static final Logger LOG = Logger.getLogger(ScopeEvictor.class);

    private final CacheScopeClient scopes;
    private final EventRecorder events;
    private final CacheMetrics metrics;
    private final AuditLog audit;

    public ScopeEvictor(CacheScopeClient scopes, EventRecorder events, CacheMetrics metrics, AuditLog audit) {
        this.scopes = scopes;
        this.events = events;
        this.metrics = metrics;
        this.audit = audit;
    }

    /**
     * Evicts scopes in the decided order. It stops at the first scope that has changed since the decision, such as one
     * that a run has started to use: later decisions may depend on it. If a scope cannot be deleted, no further scopes
     * of its pipeline are, since it may read them. It cannot read scopes of other pipelines.
     *
     * @return the evictions that were carried out
     */
    public List<Eviction> evict(
            String policy,
            RetentionSpec retention,
            List<Eviction> decided,
            Collection<CacheScope> observed,
            IndependentWork work) {
        var byId = observed.stream()
                .collect(Collectors.toMap(
                        scope -> EvictionCandidate.of(scope).id(), Function.identity(), (one, _) -> one));
        var done = new ArrayList<Eviction>();
        var blocked = new HashSet<String>();
        for (Eviction eviction : decided) {
            var pipeline = eviction.scope().owner();
            if (blocked.contains(pipeline)) {
                continue;
            }
            var scope = byId.get(eviction.scope().id());
            if (scope == null) {
                break;
            }
            var deleted = new AtomicBoolean();
            if (!work.run(() -> deleted.set(scopes.delete(scope)))) {
                blocked.add(pipeline);
            } else if (deleted.get()) {
                LOG.debugf("%s: evicted: %s", ResourceName.of(scope), eviction.cause());
                done.add(eviction);
                report(policy, retention, eviction, scope);
            } else {
                break;
            }
        }
        return done;
    }

    private void report(String policy, RetentionSpec retention, Eviction eviction, CacheScope scope) {
        var evicted = eviction.scope();
        metrics.evicted(
                policy, evicted.owner(), evicted.trust(), eviction.cause().name(), evicted.used() << 10);
        var what = statusReason(retention, eviction);
        audit.record(new AuditEvent(
                AuditEvent.Action.CacheEvicted,
                Optional.of(AuditEvent.HEARTH),
                scope.getMetadata().getNamespace(),
                scope.getMetadata().getName(),
                AuditEvent.Outcome.Done,
                eviction.cause() + " by CachePolicy " + policy));
        scope.getMetadata().getOwnerReferences().stream()
                .filter(owner -> owner.getKind().equals(HasMetadata.getKind(Pipeline.class)))
                .map(owner -> pipeline(evicted, owner))
                .forEach(pipeline -> events.normal(pipeline, what));
    }

    /** Returns the reason of an eviction, for events of the pipeline and the policy. */
    public static StatusReason statusReason(RetentionSpec retention, Eviction eviction) {
        var scope = eviction.scope();
        var trust = scope.trust().name().toLowerCase(Locale.ROOT);
        var why = switch (eviction.cause()) {
            case RefClosed ->
                "the repository has no such ref any more, and retention." + trust + ".whenRefCloses is Delete";
            case Idle ->
                "unused since " + scope.lastUsed() + ", longer than retention." + trust + ".idle, "
                        + retention.idle(scope.trust());
            case PipelineBudget ->
                "least recently used when the pipeline's caches came to more than retention.maxPerPipeline, "
                        + retention.maxPerPipeline();
            case TotalBudget ->
                "least recently used when all caches came to more than retention.maxTotal, " + retention.maxTotal();
        };
        return new StatusReason(
                Reason.CacheEvicted,
                "the cache of " + scope.ref() + " of pipeline " + scope.owner() + ", " + Sizes.of(scope.used())
                        + ", is deleted: " + why);
    }

    private static Pipeline pipeline(EvictionCandidate scope, OwnerReference owner) {
        var pipeline = new Pipeline();
        pipeline.setMetadata(new ObjectMetaBuilder()
                .withNamespace(scope.namespace())
                .withName(owner.getName())
                .withUid(owner.getUid())
                .build());
        return pipeline;
    }
}
