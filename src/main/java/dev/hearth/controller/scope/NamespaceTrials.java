package dev.hearth.controller.scope;

import dev.hearth.api.Isolation;
import dev.hearth.api.Trust;
import dev.hearth.buildkit.DaemonConfig;
import dev.hearth.cluster.Preflights;
import dev.hearth.controller.support.HearthConfig;
import dev.hearth.controller.support.TrialMemory;
import dev.hearth.core.isolation.Trial;
import dev.hearth.core.isolation.Trial.Result;
import dev.hearth.core.isolation.Verdict;
import dev.hearth.pod.PreflightPod;
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
public class NamespaceTrials {
    private final Preflights preflights;
    private final HearthConfig config;
    private final TrialMemory<Place> memory;

    public NamespaceTrials(Preflights preflights, HearthConfig config, Clock clock) {
        this.preflights = preflights;
        this.config = config;
        this.memory = new TrialMemory<>(clock);
    }

    /**
     * What a namespace allows.
     *
     * @param trust of the ref whose builds are to run
     * @param forms to try, in this order, until one is possible
     * @param since what was found before then does not count any more
     * @param owner with which the pods go that the operator does not come to remove
     */
    Verdict find(String namespace, Trust trust, List<Isolation> forms, Instant since, OwnerReference owner) {
        var trials = new ArrayList<Trial>();
        for (Isolation form : forms) {
            var place = new Place(namespace, form);
            var trial = new Trial(form, memory.find(place, since, () -> attempt(place, owner)));
            trials.add(trial);
            if (!Verdict.goesOn(trial)) {
                break;
            }
        }
        var verdict = Verdict.of(namespace, trust, trials);
        if (!(verdict instanceof Verdict.Chosen)) {
            // The cause may have been removed before the next run asks.
            memory.forget(place -> place.namespace().equals(namespace));
        }
        return verdict;
    }

    private Result attempt(Place place, OwnerReference owner) {
        var registries = config.registries();
        var toml = new DaemonConfig(registries.mirrors(), registries.insecure().orElse(Set.of()), place.form()).toml();
        var patience = config.imagePullPatience();
        var pod = new PreflightPod(
                place.namespace(),
                HearthConfig.Buildkit.image(config.buildkit(), place.form()),
                toml,
                place.form(),
                owner,
                patience.multipliedBy(6));
        return preflights.run(pod.pod(), patience);
    }

    private record Place(String namespace, Isolation form) {}
}
