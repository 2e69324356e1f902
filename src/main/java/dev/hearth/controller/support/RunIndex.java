package dev.hearth.controller.support;

import dev.hearth.api.CacheScope;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.Trust;
import dev.hearth.core.plan.Names;
import dev.hearth.core.retention.EvictionCandidate;
import dev.hearth.core.retention.NamedArtifacts;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.Cache;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** All runs as the controller's watch shows them, without calls to the API server. */
@ApplicationScoped
public class RunIndex {
    private volatile @Nullable Cache<PipelineRun> runs;

    /** Sets the watch. The controller does so before it reconciles anything. */
    public void watch(Cache<PipelineRun> watch) {
        runs = watch;
    }

    /**
     * Returns scopes as retention sees them. A scope is also in use if a run that has started is not finished, and its ref has the
     * scope or its tasks need an artifact there. If a run cannot be read, it may be one that needs any scope of its namespace.
     */
    public List<EvictionCandidate> candidates(Collection<CacheScope> scopes) {
        if (scopes.isEmpty()) {
            return List.of(); // most pipelines name a policy, and there are many runs
        }
        var all = Optional.ofNullable(runs).stream().flatMap(Cache::list).toList();
        var unknown = new HashSet<String>();
        var needed = new HashSet<String>();
        var claims = new HashSet<String>();
        for (PipelineRun run : all) {
            if (run.unreadable().isPresent()) {
                unknown.add(run.namespace());
            } else if (isUnfinished(run)) {
                Names.scope(run).ifPresent(scope -> needed.add(run.namespace() + "/" + scope));
                NamedArtifacts.inUse(run).forEach(claim -> claims.add(run.namespace() + "/" + claim));
            }
        }
        return EvictionCandidate.of(scopes).stream()
                .map(scope -> needed.contains(scope.id())
                                || unknown.contains(scope.namespace())
                                || scope.claims().stream().anyMatch(claims::contains)
                        ? scope.withInUse(true)
                        : scope)
                .toList();
    }

    private static boolean isUnfinished(PipelineRun run) {
        var status = run.getStatus();
        return status != null && status.startedAt() != null && status.finishedAt() == null;
    }

    /** Whether a run is trusted. An unknown run is not. */
    public boolean isTrustedRun(String namespace, String name, String uid) {
        return Optional.ofNullable(runs)
                .flatMap(all -> all.get(new ResourceID(name, namespace)))
                .filter(run -> run.getMetadata().getUid().equals(uid)
                        && run.getStatus() != null
                        && run.getStatus().trust() == Trust.Trusted)
                .isPresent();
    }
}
