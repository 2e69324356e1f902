package dev.hearth.controller.pipeline;

import dev.hearth.api.CacheScope;
import dev.hearth.api.Pipeline;
import dev.hearth.cluster.CacheScopeClient;
import dev.hearth.controller.retention.EvictionCandidateReader;
import dev.hearth.controller.support.IndependentWork;
import dev.hearth.core.ref.SourceUrl;
import dev.hearth.core.retention.RefState;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Tells a pipeline's scopes what the pipeline and its repository say of them: which policy they follow, whether their ref is
 * gone or the pipeline follows another repository, and which one is of the default branch. Retention reads it there. A plain
 * git server keeps the ref of a pull request that is closed, so such a scope goes only once it is idle.
 */
@ApplicationScoped
public class ScopeRefUpdater {
    private final CacheScopeClient scopes;
    private final DefaultRetention policyless;

    public ScopeRefUpdater(CacheScopeClient scopes, DefaultRetention policyless) {
        this.scopes = scopes;
        this.policyless = policyless;
    }

    void update(Pipeline pipeline, Optional<RefListing> look, Collection<CacheScope> all, IndependentWork attempts) {
        var living = all.stream().filter(scope -> !scope.isMarkedForDeletion()).toList();
        attempts.each(living, scope -> updateScope(pipeline, look.map(RefListing::marks), scope));
        attempts.run(() -> policyless.evict(living, attempts));
    }

    private void updateScope(Pipeline pipeline, Optional<RefState.Observation> look, CacheScope scope) {
        var policy = pipeline.getSpec().cache().policy();
        var known = marks(scope);
        var made = Instant.parse(scope.getMetadata().getCreationTimestamp());
        var followed = SourceUrl.identity(pipeline.getSpec().source().url())
                .equals(scope.getSpec().source());
        var wanted = look.map(it -> followed ? known.after(it, scope.getSpec().ref(), made) : known.abandoned(it, made))
                .orElse(known);
        if (!wanted.equals(known) || !Objects.equals(scope.getSpec().policy(), policy)) {
            scopes.patchRefState(scope, annotations(wanted), policy);
        }
    }

    private static RefState marks(CacheScope scope) {
        return RefState.parse(
                Optional.ofNullable(annotation(scope, EvictionCandidateReader.REF_CLOSED)),
                annotation(scope, EvictionCandidateReader.DEFAULT_BRANCH) != null);
    }

    private static Map<String, @Nullable String> annotations(RefState marks) {
        var annotations = new HashMap<String, @Nullable String>();
        annotations.put(
                EvictionCandidateReader.REF_CLOSED,
                marks.closedSince().map(Instant::toString).orElse(null));
        annotations.put(EvictionCandidateReader.DEFAULT_BRANCH, marks.defaultBranch() ? "true" : null);
        return annotations;
    }

    private static @Nullable String annotation(CacheScope scope, String key) {
        var annotations = scope.getMetadata().getAnnotations();
        return annotations == null ? null : annotations.get(key);
    }
}
