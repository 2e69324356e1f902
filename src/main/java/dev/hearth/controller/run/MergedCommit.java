package dev.hearth.controller.run;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.OperatingSystem;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.TaskCacheVolume;
import dev.hearth.cluster.CacheScopeClient;
import dev.hearth.cluster.storage.StorageResolver;
import dev.hearth.controller.run.CommitResolver.Resolved;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.buildcache.SeedChoice;
import dev.hearth.core.plan.Names;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.ref.RefFilter;
import dev.hearth.core.retention.NamedArtifacts;
import dev.hearth.core.run.MergedRun;
import dev.hearth.core.run.TakeOver;
import dev.hearth.core.run.TakeOverDecider;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * Takes over what a merge queue has run, for a run of the branch at the commit that was merged. Artifacts of its tasks that are
 * in no registry stay on the volume of the merge group's cache scope. The scope is not evicted while a run of the branch is about
 * to start, nor while its status names the artifacts. Whoever has decided before that to evict it cannot any more, since the scope
 * is changed here first.
 */
@ApplicationScoped
public class MergedCommit {
    private static final Logger LOG = Logger.getLogger(MergedCommit.class);

    private final CacheScopeClient scopes;
    private final StorageResolver storage;

    public MergedCommit(CacheScopeClient scopes, StorageResolver storage) {
        this.scopes = scopes;
        this.storage = storage;
    }

    /**
     * Returns what the run takes over. Empty if it is nothing. Calls the API server only if steps with artifacts on volumes are taken
     * over.
     *
     * @param siblings runs of pipelines of the same name
     */
    Optional<TakeOver> takeOver(
            PipelineRun run, Pipeline pipeline, Resolved resolved, Collection<PipelineRun> siblings, Instant now) {
        var successor = new MergedRun.Successor(run, resolved.spec(), resolved.commit(), resolved.seedRefs());
        var others = siblings.stream()
                .filter(other -> OwnerReferences.owns(pipeline, other) && !other.isMarkedForDeletion())
                .toList();
        return MergedRun.find(successor, others, now).flatMap(from -> {
            var decider = new TakeOverDecider(successor, from);
            var volumes = decider.needsVolumes(now) ? keep(run, resolved.spec(), from) : Map.<String, String>of();
            var takeOver = decider.decide(volumes, now);
            LOG.debugf(
                    "%s: takes over %s steps from run %s",
                    ResourceName.of(run), takeOver.map(it -> it.steps().size()).orElse(0), from.name());
            return takeOver;
        });
    }

    /**
     * Keeps the volumes of tasks of the other run's scope. A volume that cannot be kept is no reason to keep the run waiting: the
     * steps that have filled it run.
     *
     * @return uids of their claims, by the names of the claims
     */
    private Map<String, String> keep(PipelineRun run, PipelineSpec spec, PipelineRun from) {
        var name = Names.scope(from).orElseThrow();
        if (!mountsOthers(run, spec)
                || !NamedArtifacts.isNaming(from, Names.taskCacheVolume(name, OperatingSystem.Linux))) {
            return Map.of();
        }
        try {
            return scopes.need(run.namespace(), name, run.uid()).stream()
                    .flatMap(scope -> scope.taskCaches().stream())
                    .filter(volume -> volume.uid() != null)
                    .collect(Collectors.toMap(TaskCacheVolume::claim, TaskCacheVolume::uid));
        } catch (KubernetesClientException e) {
            LOG.infof(
                    "%s: does not take over from run %s what is on volumes of scope %s: %s",
                    ResourceName.of(run), from.name(), name, e.getMessage());
            return Map.of();
        }
    }

    /** Whether tasks may mount volumes of other refs, which may be on other nodes. */
    private boolean mountsOthers(PipelineRun run, PipelineSpec spec) {
        var trust = RefFilter.trust(spec.trusted(), GitRef.of(run.getSpec().ref()));
        return SeedChoice.mountsOthers(storage.choose(spec.cache().policy(), run.namespace(), trust)
                .policySpec()
                .orElse(CachePolicySpec.DEFAULT)
                .seed());
    }
}
