package dev.hearth.controller.pipeline;

import dev.hearth.api.CacheScope;
import dev.hearth.api.Pipeline;
import dev.hearth.cluster.CacheScopeClient;
import dev.hearth.controller.support.IndependentWork;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.ref.SourceUrl;
import dev.hearth.core.retention.EvictionCandidate;
import dev.hearth.core.retention.RefState;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Updates what a pipeline and its repository determine about the pipeline's cache scopes: the policy that they follow,
 * whether their ref still exists in the repository that the pipeline follows, and which scope is of the default branch.
 * Retention depends on it. A plain git server keeps the refs of closed pull requests, so their scopes are evicted only
 * once idle.
 */
@ApplicationScoped
public class ScopeRefUpdater {
    private static final Logger LOG = Logger.getLogger(ScopeRefUpdater.class);

    private final CacheScopeClient scopes;
    private final DefaultRetention defaultRetention;

    public ScopeRefUpdater(CacheScopeClient scopes, DefaultRetention defaultRetention) {
        this.scopes = scopes;
        this.defaultRetention = defaultRetention;
    }

    /**
     * Updates the scopes of a pipeline.
     *
     * @param listing the newest listing; null if there is none or if it failed
     */
    void update(Pipeline pipeline, @Nullable RefListing listing, Collection<CacheScope> all, IndependentWork work) {
        var observation = listing == null ? null : listing.refStates();
        var present = all.stream().filter(scope -> !scope.isMarkedForDeletion()).toList();
        work.each(present, scope -> updateScope(pipeline, observation, scope));
        work.run(() -> defaultRetention.evict(present, work));
    }

    private void updateScope(Pipeline pipeline, RefState.@Nullable Observation observation, CacheScope scope) {
        var policy = pipeline.getSpec().cache().policy();
        var recorded = refState(scope);
        var createdAt = Instant.parse(scope.getMetadata().getCreationTimestamp());
        var followed = SourceUrl.identity(pipeline.getSpec().source().url())
                .equals(scope.getSpec().source());
        var wanted = Optional.ofNullable(observation)
                .map(it -> followed
                        ? recorded.after(it, scope.getSpec().ref(), createdAt)
                        : recorded.abandoned(it, createdAt))
                .orElse(recorded);
        if (!wanted.equals(recorded) || !Objects.equals(scope.getSpec().policy(), policy)) {
            LOG.debugf("%s: is of %s and policy %s now", ResourceName.of(scope), wanted, policy);
            scopes.patchRefState(scope, annotations(wanted), policy);
        }
    }

    private static RefState refState(CacheScope scope) {
        return RefState.parse(
                annotation(scope, EvictionCandidate.REF_CLOSED),
                annotation(scope, EvictionCandidate.DEFAULT_BRANCH) != null);
    }

    private static Map<String, @Nullable String> annotations(RefState state) {
        var annotations = new HashMap<String, @Nullable String>();
        annotations.put(
                EvictionCandidate.REF_CLOSED,
                state.closedSince().map(Instant::toString).orElse(null));
        annotations.put(EvictionCandidate.DEFAULT_BRANCH, state.defaultBranch() ? "true" : null);
        return annotations;
    }

    private static @Nullable String annotation(CacheScope scope, String key) {
        var annotations = scope.getMetadata().getAnnotations();
        return annotations == null ? null : annotations.get(key);
    }
}
