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

/** Checks whether tasks can have user namespaces, by a preflight pod in the run's namespace, in the background. */
@ApplicationScoped
public class UserNamespacePreflight {
    public static final Duration RETRY = Duration.ofSeconds(10);

    /** Time until the pod has a node. Pulling its image may take longer. */
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

    /**
     * Returns what is known. If nothing is, a preflight starts, and its result triggers a reconciliation of the run.
     */
    public UserNamespaceDecider resolve(RunContext run, UserNamespaceMode rule) {
        var preflight = rule == UserNamespaceMode.Never ? Optional.<Result>empty() : preflight(run, rule);
        return new UserNamespaceDecider(rule, preflight, buildsHaveUserNamespaces(run));
    }

    private Optional<Result> preflight(RunContext run, UserNamespaceMode rule) {
        var namespace = run.namespace();
        if (rule == UserNamespaceMode.Always) {
            // A negative result fails the run, so each run has its own preflight: the cause may have been removed
            // since.
            return namespaces
                    .lookUp(namespace)
                    .filter(Result.Possible.class::isInstance)
                    .or(() -> answer(run, rule, run.startedAt()));
        }
        // Tasks start with either result, so they wait for the first result only.
        return namespaces
                .recent(namespace)
                .or(() -> answer(run, rule, Instant.EPOCH).or(() -> namespaces.last(namespace)));
    }

    private Optional<Result> answer(RunContext run, UserNamespaceMode rule, Instant since) {
        return answers.ask(run.resource(), TOPIC, rule.name(), RETRY, () -> attempt(run, since))
                .map(answer -> switch (answer) {
                    case BackgroundWork.Result.Value<Result>(Result result) -> result;
                    case BackgroundWork.Result.Failure<Result>(Exception cause) ->
                        new Result.Delayed(
                                new StatusReason(Reason.CheckFailed, "the preflight failed: " + cause.getMessage()));
                });
    }

    private Result attempt(RunContext run, Instant since) {
        var pod = new UserNamespacePreflightPod(
                run.namespace(),
                config.agent().image(),
                OwnerReferences.pipelineOf(run.resource()),
                PATIENCE.multipliedBy(6));
        return namespaces.find(run.namespace(), since, () -> preflights.run(pod.pod(), PATIENCE, since));
    }

    private static boolean buildsHaveUserNamespaces(RunContext run) {
        return Stream.concat(run.scope().stream(), run.seedScopes().stream())
                .flatMap(scope -> Stream.ofNullable(scope.getStatus()))
                .map(CacheScopeStatus::isolation)
                .flatMap(Stream::ofNullable)
                .findFirst()
                .filter(IsolationForm.UserNamespace::equals)
                .isPresent();
    }
}
