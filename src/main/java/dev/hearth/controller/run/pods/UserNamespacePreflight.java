package dev.hearth.controller.run.pods;

import dev.hearth.api.CacheScopeStatus;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.Reason;
import dev.hearth.api.UserNamespaceMode;
import dev.hearth.cluster.preflight.IsolationPreflightRunner;
import dev.hearth.config.HearthConfig;
import dev.hearth.controller.preflight.PreflightMemory;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.controller.support.BackgroundWork;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.core.isolation.PreflightResult.Result;
import dev.hearth.core.isolation.UserNamespaceDecider;
import dev.hearth.core.status.StatusReason;
import dev.hearth.pod.preflight.UserNamespacePreflightPod;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/** Whether pods of a run's tasks can have user namespaces: tried by a pod in the namespace of the run, in the background. */
@ApplicationScoped
public class UserNamespacePreflight {
    public static final Duration RETRY = Duration.ofSeconds(10);

    /** For a node; a few times that while its image is pulled. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final String TOPIC = "user-namespaces";

    private final IsolationPreflightRunner preflights;
    private final HearthConfig config;
    private final PreflightMemory<String> namespaces;
    private final BackgroundWork<PipelineRun, Result> answers;

    public UserNamespacePreflight(IsolationPreflightRunner preflights, HearthConfig config, Clock clock) {
        this.preflights = preflights;
        this.config = config;
        this.namespaces = new PreflightMemory<>(clock);
        this.answers = new BackgroundWork<>(TOPIC, clock);
    }

    public BackgroundWork<PipelineRun, Result> background() {
        return answers;
    }

    /** What is known now. What is not known is tried, and the run is called again. */
    public UserNamespaceDecider resolve(RunContext view, UserNamespaceMode rule) {
        var trial = rule == UserNamespaceMode.Never ? Optional.<Result>empty() : trial(view, rule);
        return new UserNamespaceDecider(rule, trial, claimsMapped(view));
    }

    private Optional<Result> trial(RunContext view, UserNamespaceMode rule) {
        var namespace = view.namespace();
        if (rule == UserNamespaceMode.Always) {
            // A no fails the run, so each run asks anew: the cause may have been removed for it.
            return namespaces
                    .lookUp(namespace)
                    .filter(Result.Possible.class::isInstance)
                    .or(() -> answer(view, rule, view.began()));
        }
        // Where tasks start in any case, they wait for the first answer alone.
        return namespaces
                .recent(namespace)
                .or(() -> answer(view, rule, Instant.EPOCH).or(() -> namespaces.last(namespace)));
    }

    private Optional<Result> answer(RunContext view, UserNamespaceMode rule, Instant since) {
        return answers.ask(view.run(), TOPIC, rule.name(), RETRY, () -> attempt(view, since))
                .map(answer -> switch (answer) {
                    case BackgroundWork.Result.Value<Result>(Result result) -> result;
                    case BackgroundWork.Result.Failure<Result>(Exception cause) ->
                        new Result.Delayed(
                                new StatusReason(Reason.CheckFailed, "the trial failed: " + cause.getMessage()));
                });
    }

    private Result attempt(RunContext view, Instant since) {
        var pod = new UserNamespacePreflightPod(
                view.namespace(),
                config.tools().image(),
                OwnerReferences.pipelineOf(view.run()),
                PATIENCE.multipliedBy(6));
        return namespaces.find(view.namespace(), since, () -> preflights.run(pod.pod(), PATIENCE));
    }

    private static boolean claimsMapped(RunContext view) {
        return Stream.concat(view.scope().stream(), view.bases().stream())
                .flatMap(scope -> Stream.ofNullable(scope.getStatus()))
                .map(CacheScopeStatus::isolation)
                .flatMap(Stream::ofNullable)
                .findFirst()
                .filter(IsolationForm.UserNamespace::equals)
                .isPresent();
    }
}
