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
import java.util.Set;

/**
 * Tries the forms of isolation where build pods will run: in their namespace, under its Pod Security. What was possible is
 * remembered for a while. Blocks until it knows.
 */
@ApplicationScoped
public class NamespacePreflight {
    private final IsolationPreflightRunner preflights;
    private final HearthConfig config;
    private final PreflightMemory<Place> memory;

    public NamespacePreflight(IsolationPreflightRunner preflights, HearthConfig config, Clock clock) {
        this.preflights = preflights;
        this.config = config;
        this.memory = new PreflightMemory<>(clock);
    }

    /**
     * What a namespace allows.
     *
     * @param trust of the ref whose builds are to run
     * @param forms to try, in this order, until one is possible
     * @param since what was found before then does not count any more
     * @param owner with which the pods go that the operator does not come to remove
     */
    public IsolationDecision find(
            String namespace, Trust trust, List<IsolationForm> forms, Instant since, OwnerReference owner) {
        var trials = new ArrayList<PreflightResult>();
        for (IsolationForm form : forms) {
            var place = new Place(namespace, form);
            var trial = new PreflightResult(form, memory.find(place, since, () -> attempt(place, owner)));
            trials.add(trial);
            if (!IsolationDecision.needsNext(trial)) {
                break;
            }
        }
        var verdict = IsolationDecision.of(namespace, trust, trials);
        if (!(verdict instanceof IsolationDecision.Chosen)) {
            // The cause may have been removed before the next run asks.
            memory.forget(place -> place.namespace().equals(namespace));
        }
        return verdict;
    }

    private Result attempt(Place place, OwnerReference owner) {
        var registries = config.registries();
        var toml = new DaemonConfig(registries.mirrors(), registries.insecure().orElse(Set.of()), place.form()).toml();
        var patience = config.imagePullPatience();
        var pod = new IsolationPreflightPod(
                place.namespace(),
                HearthConfig.Buildkit.image(config.buildkit(), place.form()),
                toml,
                place.form(),
                owner,
                patience.multipliedBy(6));
        return preflights.run(pod.pod(), patience);
    }

    private record Place(String namespace, IsolationForm form) {}
}
