package dev.hearth.controller.pipeline;

import dev.hearth.api.CacheScope;
import dev.hearth.api.Pipeline;
import dev.hearth.cluster.CacheScopes;
import dev.hearth.controller.support.Background.Result;
import dev.hearth.controller.support.KeptScopes;
import dev.hearth.core.trust.Ref;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Tells a pipeline's scopes what the pipeline and its repository say of them: which policy they follow, that their ref is
 * gone, that it is the default branch. Retention reads it there. A plain git server keeps the ref of a pull request that is
 * closed, so such a scope goes only once it is idle.
 */
@ApplicationScoped
public class PipelineScopes {
    private final CacheScopes scopes;
    private final PolicylessScopes policyless;

    public PipelineScopes(CacheScopes scopes, PolicylessScopes policyless) {
        this.scopes = scopes;
        this.policyless = policyless;
    }

    void tend(Pipeline pipeline, Optional<Result<Look>> look, Collection<CacheScope> all) {
        var living = all.stream().filter(scope -> !scope.isMarkedForDeletion()).toList();
        var seen = look.flatMap(result -> switch (result) {
            case Result.Value<Look>(var found) -> Optional.of(found);
            case Result.Failure<Look> _ -> Optional.empty();
        });
        living.forEach(scope -> tell(pipeline, seen, scope));
        policyless.evict(living);
    }

    private void tell(Pipeline pipeline, Optional<Look> look, CacheScope scope) {
        var policy = pipeline.getSpec().cache().policy();
        var known = new HashMap<String, @Nullable String>();
        known.put(KeptScopes.REF_CLOSED, annotation(scope, KeptScopes.REF_CLOSED));
        known.put(KeptScopes.DEFAULT_BRANCH, annotation(scope, KeptScopes.DEFAULT_BRANCH));
        var wanted = new HashMap<>(known);
        look.ifPresent(it -> {
            wanted.put(KeptScopes.REF_CLOSED, closed(scope, it));
            wanted.put(KeptScopes.DEFAULT_BRANCH, isDefault(scope, it));
        });
        if (!wanted.equals(known) || !Objects.equals(scope.getSpec().policy(), policy)) {
            scopes.tell(scope, wanted, policy);
        }
    }

    /** When its ref was first missing. A repository without any refs is rather one that is being set up again. */
    private static @Nullable String closed(CacheScope scope, Look look) {
        var commits = look.listing().commits();
        var ref = scope.getSpec().ref();
        var before = annotation(scope, KeptScopes.REF_CLOSED);
        if (commits.isEmpty() || Ref.of(ref).kind() == Ref.Kind.OTHER) {
            return before;
        }
        if (commits.containsKey(ref)) {
            return null;
        }
        var younger = Instant.parse(scope.getMetadata().getCreationTimestamp()).isAfter(look.begun());
        return before == null && !younger ? look.begun().toString() : before;
    }

    private static @Nullable String isDefault(CacheScope scope, Look look) {
        return look.listing()
                        .defaultBranch()
                        .filter(scope.getSpec().ref()::equals)
                        .isPresent()
                ? "true"
                : null;
    }

    private static @Nullable String annotation(CacheScope scope, String key) {
        var annotations = scope.getMetadata().getAnnotations();
        return annotations == null ? null : annotations.get(key);
    }
}
