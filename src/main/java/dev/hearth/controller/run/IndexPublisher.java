package dev.hearth.controller.run;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus;
import dev.hearth.config.HearthConfig;
import dev.hearth.controller.access.RegistryCredentials;
import dev.hearth.controller.access.RepositoryOpener.Problem;
import dev.hearth.controller.support.BackgroundWork;
import dev.hearth.controller.support.BackgroundWork.Result;
import dev.hearth.core.plan.Step;
import dev.hearth.core.run.Action;
import dev.hearth.core.run.BuildResult;
import dev.hearth.core.run.Observation;
import dev.hearth.core.run.StepOutputs;
import dev.hearth.core.secret.SecretUse;
import dev.hearth.core.status.StatusReason;
import dev.hearth.registry.ImageIndexes;
import dev.hearth.registry.PlatformImage;
import dev.hearth.registry.RegistryException;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Publishes image indexes in the background, and observes the progress of each. */
@ApplicationScoped
public class IndexPublisher {
    static final Duration RETRY = Duration.ofSeconds(10);

    private final ImageIndexes images;
    private final RegistryCredentials credentials;
    private final Set<String> insecure;
    private final Clock clock;
    private final BackgroundWork<PipelineRun, String> publications;

    public IndexPublisher(ImageIndexes images, RegistryCredentials credentials, HearthConfig config, Clock clock) {
        this.images = images;
        this.credentials = credentials;
        this.insecure = HearthConfig.Registries.plainHttp(config.registries());
        this.clock = clock;
        this.publications = new BackgroundWork<>("indexes", clock);
    }

    BackgroundWork<PipelineRun, String> background() {
        return publications;
    }

    /**
     * Returns the state of a publication. Empty before there is one: a transient failure is retried until the run times
     * out.
     */
    Optional<Observation> observe(PipelineRun run, Step.Index index, @Nullable StepStatus recorded) {
        var now = clock.instant();
        var since = Optional.ofNullable(recorded)
                .map(StepStatus::startedAt)
                .map(Instant::parse)
                .orElse(now);
        return publications.known(run, index.name()).flatMap(result -> switch (result) {
            case Result.Value<String>(String digest) ->
                Optional.of(
                        new Observation.Done(since, now, Optional.of(BuildResult.pushed(digest)), StepOutputs.NOTHING));
            case Result.Failure<String>(RegistryException cause) when cause.isTransient() -> Optional.empty();
            case Result.Failure<String>(Problem problem) -> Optional.of(failed(since, now, problem.statusReason()));
            case Result.Failure<String>(Exception cause) ->
                Optional.of(
                        failed(since, now, new StatusReason(Reason.PushFailed, String.valueOf(cause.getMessage()))));
        });
    }

    private static Observation failed(Instant since, Instant now, StatusReason why) {
        return new Observation.Broken(
                Optional.of(since), now, Optional.empty(), why, StepStatus.Failure.Setup, StepOutputs.NOTHING);
    }

    /** Starts a publication, if the same one has not been started already. */
    void publish(PipelineRun run, Action.PublishIndex action) {
        var push = action.index().push();
        var host = push.repository().split("/", 2)[0];
        var pushed = action.digests().entrySet().stream()
                .map(entry -> new PlatformImage(entry.getKey(), entry.getValue()))
                .toList();
        var _ = publications.ask(
                run,
                action.index().name(),
                pushed.toString(),
                RETRY,
                () -> images.publish(
                        run.getMetadata().getNamespace(),
                        push.repository(),
                        pushed,
                        action.index().tags(),
                        credentials.find(
                                run.getMetadata().getNamespace(),
                                run.getSpec().pipeline(),
                                SecretUse.of(action.index().spec().name(), push).orElse(null)),
                        insecure.contains(host)));
    }
}
