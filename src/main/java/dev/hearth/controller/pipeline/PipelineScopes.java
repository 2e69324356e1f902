package dev.hearth.controller.pipeline;

import dev.hearth.api.CacheScope;
import dev.hearth.api.Pipeline;
import dev.hearth.cluster.CacheScopes;
import dev.hearth.controller.support.Attempts;
import dev.hearth.controller.support.KeptScopes;
import dev.hearth.core.cache.RefMarks;
import dev.hearth.core.trust.SourceUrl;
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
public class PipelineScopes {
    private final CacheScopes scopes;
    private final PolicylessScopes policyless;

    public PipelineScopes(CacheScopes scopes, PolicylessScopes policyless) {
        this.scopes = scopes;
        this.policyless = policyless;
    }

    void tend(Pipeline pipeline, Optional<Look> look, Collection<CacheScope> all, Attempts attempts) {
        var living = all.stream().filter(scope -> !scope.isMarkedForDeletion()).toList();
        attempts.each(living, scope -> tell(pipeline, look.map(Look::marks), scope));
        attempts.run(() -> policyless.evict(living, attempts));
    }

    private void tell(Pipeline pipeline, Optional<RefMarks.Look> look, CacheScope scope) {
        var policy = pipeline.getSpec().cache().policy();
        var known = marks(scope);
        var made = Instant.parse(scope.getMetadata().getCreationTimestamp());
        var followed = SourceUrl.identity(pipeline.getSpec().source().url())
                .equals(scope.getSpec().source());
        var wanted = look.map(it -> followed ? known.after(it, scope.getSpec().ref(), made) : known.abandoned(it, made))
                .orElse(known);
        if (!wanted.equals(known) || !Objects.equals(scope.getSpec().policy(), policy)) {
            scopes.tell(scope, annotations(wanted), policy);
        }
    }

    private static RefMarks marks(CacheScope scope) {
        return RefMarks.written(
                Optional.ofNullable(annotation(scope, KeptScopes.REF_CLOSED)),
                annotation(scope, KeptScopes.DEFAULT_BRANCH) != null);
    }

    private static Map<String, @Nullable String> annotations(RefMarks marks) {
        var annotations = new HashMap<String, @Nullable String>();
        annotations.put(
                KeptScopes.REF_CLOSED,
                marks.closedSince().map(Instant::toString).orElse(null));
        annotations.put(KeptScopes.DEFAULT_BRANCH, marks.defaultBranch() ? "true" : null);
        return annotations;
    }

    private static @Nullable String annotation(CacheScope scope, String key) {
        var annotations = scope.getMetadata().getAnnotations();
        return annotations == null ? null : annotations.get(key);
    }
}
