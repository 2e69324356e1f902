package dev.hearth.controller.run.results;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.TestSummary;
import dev.hearth.cluster.PodLogs;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.controller.support.BackgroundWork;
import dev.hearth.controller.support.BackgroundWork.Result;
import dev.hearth.core.plan.Step;
import dev.hearth.core.run.ArtifactCheck;
import dev.hearth.core.run.Observation;
import dev.hearth.core.run.StepOutputs;
import dev.hearth.core.testreport.CollectorReport;
import dev.hearth.pod.observe.PodReader;
import dev.hearth.pod.task.CollectorContainer;
import dev.hearth.report.CollectorLog;
import dev.hearth.report.CollectorReportReader;
import dev.hearth.report.JUnitXml;
import dev.hearth.results.ResultStore;
import dev.hearth.results.RunId;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Adds to a task that has ended what its pod has kept: report files go to the result store, what they say to its status.
 * The step has not ended before: what needs it may be decided by what it left.
 */
@ApplicationScoped
public class ReportCollector {
    private static final Duration RETRY = Duration.ofSeconds(2);

    private static final int PROBLEMS = 3;

    private final PodLogs logs;
    private final ResultStore store;
    private final JUnitXml junit = new JUnitXml();
    private final BackgroundWork<PipelineRun, Read> reads;
    private final Clock clock;

    public ReportCollector(PodLogs logs, ResultStore store, Clock clock) {
        this.logs = logs;
        this.store = store;
        this.clock = clock;
        this.reads = new BackgroundWork<>("reports", clock);
    }

    /** What came of reading: nothing where there are no JUnit reports. */
    public record Read(Optional<TestSummary> tests, List<String> problems) {}

    public BackgroundWork<PipelineRun, Read> background() {
        return reads;
    }

    public Observation collect(RunContext view, Step.Task task, Pod pod, Observation seen) {
        if (!keeps(pod)) {
            return seen;
        }
        return switch (seen) {
            case Observation.Done done ->
                account(pod)
                        .map(account -> outputs(view, task, pod, account)
                                .map(kept -> kept.noting(done.kept().note()))
                                .map(kept -> ArtifactCheck.of(task.spec(), done, account, kept))
                                .orElseGet(() -> reading(done.since())))
                        .orElseGet(() -> PodReader.isOver(pod) ? ArtifactCheck.lost(done) : reading(done.since()));
            case Observation.Broken broken ->
                account(pod)
                        .map(account -> outputs(view, task, pod, account)
                                .<Observation>map(broken::with)
                                .orElseGet(() -> reading(broken.since().orElse(broken.at()))))
                        .orElseGet(() -> PodReader.isOver(pod) || broken.since().isEmpty()
                                ? broken
                                : reading(broken.since().get()));
            case Observation other -> other;
        };
    }

    private Observation reading(Instant since) {
        return new Observation.Reading(since, clock.instant().plus(RETRY));
    }

    private static boolean keeps(Pod pod) {
        return pod.getSpec().getInitContainers().stream()
                .anyMatch(container -> container.getName().equals(CollectorContainer.NAME));
    }

    /** What the container that keeps says, once it has ended. */
    private static Optional<CollectorReport> account(Pod pod) {
        return PodReader.terminationMessage(pod, CollectorContainer.NAME).flatMap(CollectorReportReader::read);
    }

    private Optional<StepOutputs> outputs(RunContext view, Step.Task task, Pod pod, CollectorReport account) {
        var files = account.artifact()
                .map(artifact -> new StepOutputs.Files(artifact.digest(), artifact.files(), artifact.kib()))
                .orElse(null);
        if (account.files() == 0 && account.leftOut() == 0) {
            return Optional.of(new StepOutputs(files, null, null));
        }
        var name = pod.getMetadata().getName();
        return reads.ask(view.run(), name, name, RETRY, () -> read(view, task, name))
                .flatMap(result -> switch (result) {
                    case Result.Value<Read>(Read read) ->
                        Optional.of(new StepOutputs(
                                files, read.tests().orElse(null), note(account.leftOut(), read.problems())));
                    case Result.Failure<Read>(KubernetesClientException cause)
                    when cause.getCode() == 404 ->
                        Optional.of(
                                new StepOutputs(files, null, "its reports went with its pod before they were read"));
                    case Result.Failure<Read> _ -> Optional.empty();
                });
    }

    /** The first problems; how many files were left out says whether there are more. */
    private static @Nullable String note(int leftOut, List<String> problems) {
        var told = Math.min(problems.size(), PROBLEMS);
        var more = Math.max(leftOut, problems.size()) - told;
        var lines = new ArrayList<>(problems.subList(0, told));
        if (more > 0) {
            lines.add((told == 0 ? "" : "and ") + more + (told == 0 ? "" : " more") + " report files were left out");
        }
        return lines.isEmpty() ? null : String.join("\n", lines);
    }

    private Read read(RunContext view, Step.Task task, String pod) throws IOException {
        try (var log = logs.open(view.namespace(), pod, CollectorContainer.NAME)) {
            var files = new ReportFileCollector(store, junit, RunId.of(view.run()), task.name());
            var lost = CollectorLog.read(log, CollectorLog.Limits.STANDARD, files);
            return new Read(files.tests(), files.problems(lost));
        }
    }
}
