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

/** Deletes the scopes that retention decided on, and tells their pipelines and the metrics. */
@ApplicationScoped
public class ScopeEvictor {
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
     * Carries decisions out in their order, up to the first scope that is not what it was any more, such as one that a run
     * has got meanwhile: what was decided after it may depend on it, so it is decided again. Where one cannot be deleted, no
     * more of its pipeline are, since it may read them; scopes of other pipelines it cannot read.
     *
     * @return what was deleted
     */
    public List<Eviction> evict(
            String policy,
            RetentionSpec retention,
            List<Eviction> decided,
            Collection<CacheScope> seen,
            IndependentWork attempts) {
        var byId = seen.stream()
                .collect(Collectors.toMap(
                        scope -> EvictionCandidateReader.of(scope).id(), Function.identity(), (one, _) -> one));
        var done = new ArrayList<Eviction>();
        var stuck = new HashSet<String>();
        for (Eviction eviction : decided) {
            var owner = eviction.scope().owner();
            if (stuck.contains(owner)) {
                continue;
            }
            var scope = byId.get(eviction.scope().id());
            if (scope == null) {
                break;
            }
            var deleted = new AtomicBoolean();
            if (!attempts.run(() -> deleted.set(scopes.delete(scope)))) {
                stuck.add(owner);
            } else if (deleted.get()) {
                done.add(eviction);
                report(policy, retention, eviction, scope);
            } else {
                break;
            }
        }
        return done;
    }

    private void report(String policy, RetentionSpec retention, Eviction eviction, CacheScope scope) {
        var kept = eviction.scope();
        metrics.evicted(policy, kept.owner(), kept.trust(), eviction.cause().name(), kept.used() << 10);
        var what = finding(retention, eviction);
        audit.record(new AuditEvent(
                AuditEvent.Action.CacheEvicted,
                Optional.of(AuditEvent.HEARTH),
                scope.getMetadata().getNamespace(),
                scope.getMetadata().getName(),
                AuditEvent.Outcome.Done,
                eviction.cause() + " by CachePolicy " + policy));
        scope.getMetadata().getOwnerReferences().stream()
                .filter(owner -> owner.getKind().equals(HasMetadata.getKind(Pipeline.class)))
                .map(owner -> pipeline(kept, owner))
                .forEach(pipeline -> events.normal(pipeline, what));
    }

    /** In a word and a sentence, as pipelines and policies are told. */
    public static StatusReason finding(RetentionSpec retention, Eviction eviction) {
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
