package dev.hearth.controller.run;

import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.cluster.storage.ClaimClient;
import dev.hearth.controller.run.CommitResolver.Resolved;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.run.MergedRun;
import dev.hearth.core.run.TakeOver;
import dev.hearth.core.run.TakeOverDecider;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * Takes over what a merge queue has run, for a run of the branch at the commit that was merged. The run keeps the volumes of the
 * artifacts first: if the operator is interrupted before that is recorded, the run keeps them again, or keeps more than it needs.
 */
@ApplicationScoped
public class MergedCommit {
    private static final Logger LOG = Logger.getLogger(MergedCommit.class);

    private final ClaimClient volumes;

    public MergedCommit(ClaimClient volumes) {
        this.volumes = volumes;
    }

    /**
     * Returns what the run takes over. Empty if it is nothing. Calls the API server only if steps with artifacts are taken over.
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
            var takeOver = decider.decide(keep(run, from, decider.claims()), now);
            LOG.debugf(
                    "%s: takes over %s steps from run %s",
                    ResourceName.of(run), takeOver.map(it -> it.steps().size()).orElse(0), from.name());
            return takeOver;
        });
    }

    /** Makes the run an owner of volumes of another run. Returns those that exist for as long as the run. */
    private Set<String> keep(PipelineRun run, PipelineRun from, Set<String> claims) {
        return claims.stream().filter(claim -> isKept(run, from, claim)).collect(Collectors.toSet());
    }

    /** A volume that cannot be kept is no reason to keep the run waiting: the step that has filled it runs. */
    private boolean isKept(PipelineRun run, PipelineRun from, String claim) {
        var owners = Set.of(from.uid());
        try {
            return volumes.share(run.namespace(), claim, owners, OwnerReferences.of(run));
        } catch (KubernetesClientException e) {
            LOG.infof(
                    "%s: does not take over from run %s what is on volume %s: %s",
                    ResourceName.of(run), from.name(), claim, e.getMessage());
            return false;
        }
    }
}
