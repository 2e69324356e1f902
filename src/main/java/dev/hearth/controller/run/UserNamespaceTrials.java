package dev.hearth.controller.run;

import dev.hearth.api.CacheScopeStatus;
import dev.hearth.api.Isolation;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.UserNamespaces;
import dev.hearth.cluster.Preflights;
import dev.hearth.controller.support.Background;
import dev.hearth.controller.support.HearthConfig;
import dev.hearth.controller.support.Owners;
import dev.hearth.controller.support.TrialMemory;
import dev.hearth.core.diagnosis.Finding;
import dev.hearth.core.isolation.TaskUserNamespaces;
import dev.hearth.core.isolation.Trial.Result;
import dev.hearth.pod.TaskPreflightPod;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/** Whether pods of a run's tasks can have user namespaces: tried by a pod in the namespace of the run, in the background. */
@ApplicationScoped
public class UserNamespaceTrials {
    static final Duration RETRY = Duration.ofSeconds(10);

    /** For a node; a few times that while its image is pulled. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final String TOPIC = "user-namespaces";

    private final Preflights preflights;
    private final HearthConfig config;
    private final TrialMemory<String> namespaces;
    private final Background<PipelineRun, Result> answers;

    public UserNamespaceTrials(Preflights preflights, HearthConfig config, Clock clock) {
        this.preflights = preflights;
        this.config = config;
        this.namespaces = new TrialMemory<>(clock);
        this.answers = new Background<>(TOPIC, clock);
    }

    Background<PipelineRun, Result> background() {
        return answers;
    }

    /** What is known now. What is not known is tried, and the run is called again. */
    TaskUserNamespaces of(RunView view, UserNamespaces rule) {
        var trial = rule == UserNamespaces.Never ? Optional.<Result>empty() : trial(view, rule);
        return new TaskUserNamespaces(rule, trial, claimsMapped(view));
    }

    private Optional<Result> trial(RunView view, UserNamespaces rule) {
        var namespace = view.namespace();
        if (rule == UserNamespaces.Always) {
            // A no fails the run, so each run asks anew: the cause may have been removed for it.
            return namespaces
                    .known(namespace)
                    .filter(Result.Possible.class::isInstance)
                    .or(() -> answer(view, rule, view.began()));
        }
        // Where tasks start in any case, they wait for the first answer alone.
        return namespaces
                .recent(namespace)
                .or(() -> answer(view, rule, Instant.EPOCH).or(() -> namespaces.last(namespace)));
    }

    private Optional<Result> answer(RunView view, UserNamespaces rule, Instant since) {
        return answers.ask(view.run(), TOPIC, rule.name(), RETRY, () -> attempt(view, since))
                .map(answer -> switch (answer) {
                    case Background.Result.Value<Result>(Result result) -> result;
                    case Background.Result.Failure<Result>(Exception cause) ->
                        new Result.Delayed(new Finding("TrialFailed", "the trial failed: " + cause.getMessage()));
                });
    }

    private Result attempt(RunView view, Instant since) {
        var pod = new TaskPreflightPod(
                view.namespace(), config.tools().image(), Owners.pipelineOf(view.run()), PATIENCE.multipliedBy(6));
        return namespaces.find(view.namespace(), since, () -> preflights.run(pod.pod(), PATIENCE));
    }

    private static boolean claimsMapped(RunView view) {
        return Stream.concat(view.scope().stream(), view.bases().stream())
                .flatMap(scope -> Stream.ofNullable(scope.getStatus()))
                .map(CacheScopeStatus::isolation)
                .flatMap(Stream::ofNullable)
                .findFirst()
                .filter(Isolation.UserNamespace::equals)
                .isPresent();
    }
}
