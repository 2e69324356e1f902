package dev.hearth.controller.preflight;

import dev.hearth.api.IsolationForm;
import dev.hearth.api.Trust;
import dev.hearth.buildkit.DaemonConfig;
import dev.hearth.cluster.preflight.IsolationPreflightRunner;
import dev.hearth.config.HearthConfig;
import dev.hearth.core.isolation.IsolationDecision;
import dev.hearth.core.isolation.PreflightResult;
import dev.hearth.core.isolation.PreflightResult.Result;
import dev.hearth.pod.preflight.IsolationPreflightPod;
import io.fabric8.kubernetes.api.model.OwnerReference;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * Checks by preflights which isolation build pods can have in a namespace, under its Pod Security level. Results are
 * remembered for a while.
 */
@ApplicationScoped
public class NamespacePreflight {
    private static final Logger LOG = Logger.getLogger(NamespacePreflight.class);

    private final IsolationPreflightRunner preflights;
    private final HearthConfig config;
    private final PreflightMemory<Place> memory;

    public NamespacePreflight(IsolationPreflightRunner preflights, HearthConfig config, Clock clock) {
        this.preflights = preflights;
        this.config = config;
        this.memory = new PreflightMemory<>(clock);
    }

    /**
     * Returns the isolation of a namespace's builds. Blocks until the preflights have ended.
     *
     * @param trust trust of the ref whose builds are to run
     * @param forms forms to try, in this order, until one is possible
     * @param since earlier results do not count
     * @param owner owner of the preflight pods, with which pods that the operator could not delete are deleted
     */
    public IsolationDecision find(
            String namespace, Trust trust, List<IsolationForm> forms, Instant since, OwnerReference owner) {
        var results = new ArrayList<PreflightResult>();
        for (IsolationForm form : forms) {
            var place = new Place(namespace, form);
            var result = new PreflightResult(form, memory.find(place, since, () -> run(place, owner, since)));
            results.add(result);
            if (!IsolationDecision.needsNext(result)) {
                break;
            }
        }
        var decision = IsolationDecision.of(namespace, trust, results);
        if (!(decision instanceof IsolationDecision.Chosen)) {
            // The next run tries again: the cause may have been removed by then.
            memory.forget(place -> place.namespace().equals(namespace));
        }
        LOG.debugf("namespace %s: isolation of builds is %s", namespace, decision);
        return decision;
    }

    private Result run(Place place, OwnerReference owner, Instant since) {
        var registries = config.registries();
        var toml = new DaemonConfig(registries.mirrors(), HearthConfig.Registries.plainHttp(registries), place.form())
                .toml();
        var patience = config.imagePullPatience();
        var pod = new IsolationPreflightPod(
                place.namespace(),
                HearthConfig.Agent.image(config.agent(), place.form()),
                toml,
                place.form(),
                owner,
                patience.multipliedBy(6));
        return preflights.run(pod.pod(), patience, since);
    }

    private record Place(String namespace, IsolationForm form) {}
}
