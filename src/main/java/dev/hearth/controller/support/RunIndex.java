package dev.hearth.controller.support;

import dev.hearth.api.CacheScope;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.Trust;
import dev.hearth.core.retention.EvictionCandidate;
import dev.hearth.core.retention.ScopesInUse;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.Cache;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** All runs as the controller's watch shows them, without calls to the API server. */
@ApplicationScoped
public class RunIndex {
    private volatile @Nullable Cache<PipelineRun> runs;

    /** Sets the watch. The controller does so before it reconciles anything. */
    public void watch(Cache<PipelineRun> watch) {
        runs = watch;
    }

    /** Returns scopes as retention sees them, in use if runs need them. */
    public List<EvictionCandidate> candidates(Collection<CacheScope> scopes) {
        if (scopes.isEmpty()) {
            return List.of(); // without a look at all runs
        }
        var inUse = ScopesInUse.of(Optional.ofNullable(runs).stream().flatMap(Cache::list));
        return EvictionCandidate.of(scopes).stream().map(inUse::mark).toList();
    }

    /** Returns all runs of the run's pipeline that can be read. */
    public List<PipelineRun> siblings(PipelineRun run) {
        return ofNamespace(run.namespace())
                .filter(other -> other.unreadable().isEmpty()
                        && other.getSpec().pipeline().equals(run.getSpec().pipeline()))
                .toList();
    }

    /** Whether all runs of a namespace can be read. */
    public boolean readsAll(String namespace) {
        return ofNamespace(namespace).allMatch(run -> run.unreadable().isEmpty());
    }

    private Stream<PipelineRun> ofNamespace(String namespace) {
        return Optional.ofNullable(runs).stream()
                .flatMap(all -> all.list(run -> run.namespace().equals(namespace)));
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
