package dev.hearth.controller.pipeline;

import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineStatus;
import dev.hearth.api.Reason;
import dev.hearth.api.ScheduleStatus;
import dev.hearth.api.ScheduleStatusBuilder;
import dev.hearth.api.Trust;
import dev.hearth.api.WebhookDelivery;
import dev.hearth.api.WebhookDeliveryBuilder;
import dev.hearth.controller.access.RepositoryOpener;
import dev.hearth.controller.support.BackgroundWork.Result;
import dev.hearth.core.Specs;
import dev.hearth.core.retention.RefState;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.trigger.RefChanges;
import dev.hearth.core.trigger.RefLedger;
import dev.hearth.git.GitException;
import dev.hearth.pod.PodRules;
import dev.hearth.testbed.GoldenFiles;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Statuses of a pipeline: its refs, its runs, and problems of either. */
class PipelineStatusGoldenTest {
    private static final List<ScheduleStatus> SCHEDULES = List.of(ScheduleStatusBuilder.builder()
            .name("nightly")
            .until("2026-01-01T03:30:00Z")
            .next("2026-01-02T03:30:00Z")
            .lastRun("p-0123456789abcdef0123")
            .build());

    private static final List<WebhookDelivery> DELIVERIES = List.of(WebhookDeliveryBuilder.builder()
            .receivedAt("2026-03-01T11:59:00Z")
            .event("push")
            .result("started 1 run")
            .id("72d3162e-cc78-11e3-81ab-4c9367dc0958")
            .ref("refs/heads/main")
            .commit("c0ffee0000000000000000000000000000000000")
            .build());
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final String FOLDER = "pipeline-statuses";
    private static final Map<String, String> REFS = Map.of("refs/heads/main", "c0ffee", "refs/pull/7/head", "facade");

    private final Pipeline pipeline =
            GoldenFiles.given(FOLDER, "Pipeline", Pipeline.class).getFirst();
    private final List<PipelineRun> runs = GoldenFiles.given(FOLDER, "PipelineRun", PipelineRun.class);

    @TestFactory
    Stream<DynamicTest> statusesOfPipelines() {
        var followed = listing(REFS, Optional.empty());
        var unreachable = new GitException(GitException.Reason.Unreachable, "cannot connect to git.example");
        var wrong = new GitException(
                GitException.Reason.AuthenticationFailed, "the server refuses the credentials of spec.source");
        var secret = new RepositoryOpener.Problem(new StatusReason(
                Reason.SecretNotFound, "Secret git of spec.source.credentials does not exist in the namespace"));
        var full = new StatusReason(Reason.TooManyRuns, "2 refs that moved wait for runs to end");
        var forbidden = PodRules.standard(Trust.Trusted)
                .refusal(Specs.pipeline(List.of(), List.of(Specs.task("unit", "podSecurity: Privileged"))));

        var statuses = new TreeMap<String, PipelineStatus>();
        statuses.put("looking", factory().create(null, List.of(), List.of(), List.of(), null));
        statuses.put("following", factory().create(followed, runs, DELIVERIES, SCHEDULES, null));
        statuses.put("suspended", suspended());
        statuses.put("not-listed-since-a-restart", listedBefore());
        statuses.put(
                "branch-missing",
                factory().create(listing(Map.of(), Optional.empty()), runs, List.of(), List.of(), null));
        statuses.put(
                "runs-not-started",
                factory().create(listing(REFS, Optional.of(full)), runs, List.of(), List.of(), null));
        statuses.put(
                "housekeeping-failed",
                factory()
                        .create(
                                followed,
                                runs,
                                List.of(),
                                List.of(),
                                new StatusReason(Reason.Forbidden, "quota exceeded")));
        statuses.put(
                "unreachable", factory().create(new Result.Failure<>(unreachable), runs, List.of(), List.of(), null));
        statuses.put(
                "credentials-refused", factory().create(new Result.Failure<>(wrong), runs, List.of(), List.of(), null));
        statuses.put(
                "secret-missing", factory().create(new Result.Failure<>(secret), runs, List.of(), List.of(), null));
        statuses.put(
                "pods-not-allowed",
                new PipelineStatusFactory(pipeline, forbidden, Optional.empty(), NOW)
                        .create(followed, runs, List.of(), List.of(), null));
        statuses.put("mistaken", invalid());
        return GoldenFiles.tests(FOLDER, statuses);
    }

    private PipelineStatus suspended() {
        var suspended = GoldenFiles.given(FOLDER, "Pipeline", Pipeline.class).getFirst();
        suspended.setSpec(suspended.getSpec().withSuspend(true));
        return new PipelineStatusFactory(suspended, Optional.empty(), Optional.empty(), NOW)
                .create(listing(REFS, Optional.empty()), runs, DELIVERIES, List.of(), null);
    }

    /** What the process before has found stays until the first listing. */
    private PipelineStatus listedBefore() {
        var listed = GoldenFiles.given(FOLDER, "Pipeline", Pipeline.class).getFirst();
        var full = new StatusReason(Reason.TooManyRuns, "2 refs that moved wait for runs to end");
        listed.setStatus(factory().create(listing(REFS, Optional.of(full)), runs, DELIVERIES, SCHEDULES, null));
        return new PipelineStatusFactory(listed, Optional.empty(), Optional.empty(), NOW.plusSeconds(60))
                .create(null, runs, DELIVERIES, SCHEDULES, null);
    }

    /** Returns the status of a pipeline that was ready before, and whose tasks now need each other. */
    private PipelineStatus invalid() {
        pipeline.setStatus(factory().create(listing(REFS, Optional.empty()), runs, List.of(), List.of(), null));
        pipeline.setSpec(Specs.pipeline(
                List.of(), List.of(Specs.task("unit", "needs: [lint]"), Specs.task("lint", "needs: [unit]"))));
        return new PipelineStatusFactory(pipeline, Optional.empty(), Optional.empty(), NOW.plusSeconds(60))
                .create(null, runs, List.of(), List.of(), null);
    }

    private PipelineStatusFactory factory() {
        return new PipelineStatusFactory(pipeline, Optional.empty(), Optional.empty(), NOW);
    }

    private Result<RefListing> listing(Map<String, String> refs, Optional<StatusReason> obstacle) {
        var changes =
                RefChanges.between(RefLedger.EMPTY, refs, pipeline.getSpec().triggers());
        return new Result.Value<>(RefListingBuilder.builder()
                .refs(refs.size())
                .followed(changes.ledger().size())
                .refStates(RefState.Observation.at(refs.keySet(), Set.of(), "refs/heads/main", NOW))
                .commits(Map.of())
                .problem(changes.problem())
                .obstacle(obstacle)
                .unstarted(Optional.empty())
                .started(0)
                .preview(Optional.empty())
                .recorded(true)
                .lastChange(Optional.empty())
                .failures(0)
                .build());
    }
}
