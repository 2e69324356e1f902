package dev.hearth.controller.scope;

import dev.hearth.api.Isolation;
import dev.hearth.api.Trust;
import dev.hearth.buildkit.DaemonConfig;
import dev.hearth.cluster.Preflights;
import dev.hearth.controller.support.HearthConfig;
import dev.hearth.core.isolation.Trial;
import dev.hearth.core.isolation.Trial.Result;
import dev.hearth.core.isolation.Verdict;
import dev.hearth.pod.PreflightPod;
import io.fabric8.kubernetes.api.model.OwnerReference;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Tries the forms of isolation where build pods will run: in their namespace, under its Pod Security. What was possible is
 * remembered for a while, in memory; after a restart it is tried again. Blocks until it knows.
 */
@ApplicationScoped
public class NamespaceTrials {
    private static final Duration MEMORY = Duration.ofHours(1);

    private final Preflights preflights;
    private final HearthConfig config;
    private final Clock clock;
    private final Map<Place, Remembered> remembered = new ConcurrentHashMap<>();
    private final Map<String, ReentrantLock> locks = new ConcurrentHashMap<>();

    public NamespaceTrials(Preflights preflights, HearthConfig config, Clock clock) {
        this.preflights = preflights;
        this.config = config;
        this.clock = clock;
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
        var lock = locks.computeIfAbsent(namespace, _ -> new ReentrantLock());
        lock.lock(); // one at a time: a pod's name is its form's
        try {
            var trials = new ArrayList<Trial>();
            for (Isolation form : forms) {
                var trial = new Trial(form, result(new Place(namespace, form), since, owner));
                trials.add(trial);
                if (!Verdict.goesOn(trial)) {
                    break;
                }
            }
            var verdict = Verdict.of(namespace, trust, trials);
            if (!(verdict instanceof Verdict.Chosen)) {
                // Whoever asks next may have mended it.
                remembered.keySet().removeIf(place -> place.namespace().equals(namespace));
            }
            return verdict;
        } finally {
            lock.unlock();
        }
    }

    private Result result(Place place, Instant since, OwnerReference owner) {
        var known =
                Optional.ofNullable(remembered.get(place)).filter(it -> it.at().isAfter(since));
        if (known.filter(it -> it.at().plus(MEMORY).isAfter(clock.instant())).isPresent()) {
            return known.get().result();
        }
        var result = attempt(place, owner);
        if (result instanceof Result.Impossible(var why) && why.reason().equals(Trial.FAILED)) {
            result = attempt(place, owner); // a weaker form is not for a moment's weakness of a node
        }
        return switch (result) {
            case Result.Possible _, Result.Impossible _ -> {
                remembered.put(place, new Remembered(clock.instant(), result));
                yield result;
            }
            // An old answer is better than none.
            case Result.Delayed _, Result.Hindered _ ->
                known.map(Remembered::result).orElse(result);
        };
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

    private record Remembered(Instant at, Result result) {}
}
