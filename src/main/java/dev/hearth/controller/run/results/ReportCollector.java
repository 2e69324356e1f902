package dev.hearth.controller.run.results;

import dev.hearth.api.OperatingSystem;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.TestSummary;
import dev.hearth.cluster.PodLogs;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.controller.support.BackgroundWork;
import dev.hearth.controller.support.BackgroundWork.Result;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Step;
import dev.hearth.core.run.ArtifactCheck;
import dev.hearth.core.run.ArtifactLocation;
import dev.hearth.core.run.Observation;
import dev.hearth.core.run.StepOutputs;
import dev.hearth.core.taskcache.TaskCacheUse;
import dev.hearth.core.testreport.CollectorReport;
import dev.hearth.pod.observe.PodReader;
import dev.hearth.pod.task.CollectorContainer;
import dev.hearth.pod.task.TaskCacheMounts;
import dev.hearth.pod.task.TaskCacheNote;
import dev.hearth.pod.task.TaskPod;
import dev.hearth.report.CollectorLog;
import dev.hearth.report.CollectorReportReader;
import dev.hearth.report.JUnitXml;
import dev.hearth.report.TaskCacheReportReader;
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
 * Adds to a finished task the outputs that its pod reports: report files go to the result store, test results,
 * artifacts and the origin of task caches to the step's status. The step counts as finished only once they are read,
 * since later steps may depend on them.
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

    /** The content of a pod's reports. It has no tests if there is no JUnit report. */
    public record Read(Optional<TestSummary> tests, List<String> problems) {}

    public BackgroundWork<PipelineRun, Read> background() {
        return reads;
    }

    /** Returns the observation with the outputs of the task, or that they are still being read. */
    public Observation collect(RunContext run, Step.Task task, Pod pod, Observation seen) {
        if (!hasCollector(pod)) {
            return seen;
        }
        return switch (seen) {
            case Observation.Done done ->
                collectorReport(pod)
                        .map(report -> outputs(run, task, pod, report)
                                .map(outputs -> outputs.noting(done.kept().note()))
                                .map(outputs -> ArtifactCheck.of(task.spec(), done, report, outputs))
                                .orElseGet(() -> reading(done.since())))
                        .orElseGet(() -> PodReader.hasFinished(pod) ? ArtifactCheck.lost(done) : reading(done.since()));
            case Observation.Broken broken ->
                collectorReport(pod)
                        .map(report -> outputs(run, task, pod, report)
                                .<Observation>map(broken::with)
                                .orElseGet(() -> reading(broken.since().orElse(broken.at()))))
                        .orElseGet(() ->
                                PodReader.hasFinished(pod) || broken.since().isEmpty()
                                        ? broken
                                        : reading(broken.since().get()));
            case Observation other -> other;
        };
    }

    private Observation reading(Instant since) {
        return new Observation.Reading(since, clock.instant().plus(RETRY));
    }

    private static boolean hasCollector(Pod pod) {
        return pod.getSpec().getInitContainers().stream()
                .anyMatch(container -> container.getName().equals(CollectorContainer.NAME));
    }

    /** Returns the report of the collector container. Empty until the container has ended. */
    private static Optional<CollectorReport> collectorReport(Pod pod) {
        return PodReader.terminationMessage(pod, CollectorContainer.NAME).flatMap(CollectorReportReader::read);
    }

    private Optional<StepOutputs> outputs(RunContext run, Step.Task task, Pod pod, CollectorReport report) {
        var kept = StepOutputs.NOTHING.withFiles(report.artifact()
                .map(artifact -> new StepOutputs.Files(artifact.digest(), artifact.files(), artifact.kib()))
                .map(files -> TaskPod.artifactClaimUid(pod)
                        .map(uid -> files.at(location(run, pod, uid)))
                        .orElse(files))
                .orElse(null));
        if (report.files() == 0 && report.leftOut() == 0) {
            return Optional.of(kept);
        }
        var name = pod.getMetadata().getName();
        return reads.ask(run.resource(), name, name, RETRY, () -> read(run, task, name))
                .flatMap(result -> switch (result) {
                    case Result.Value<Read>(Read read) ->
                        Optional.of(kept.withTests(read.tests().orElse(null))
                                .withNote(note(report.leftOut(), read.problems())));
                    case Result.Failure<Read>(KubernetesClientException cause)
                    when cause.getCode() == 404 ->
                        Optional.of(kept.withNote("the pod was deleted before its reports were read"));
                    case Result.Failure<Read>(PodLogs.UnreadableLog _) ->
                        Optional.of(kept.withNote("the node no longer has the log that contains the reports"));
                    case Result.Failure<Read> _ -> Optional.empty();
                });
    }

    private static ArtifactLocation location(RunContext run, Pod pod, String claimUid) {
        return ArtifactLocation.ofTask(
                Names.taskCacheVolume(run.scopeName(), OperatingSystem.Linux),
                claimUid,
                run.uid(),
                pod.getMetadata().getName());
    }

    /** Returns the first problems and the number of further ones. Null if there are none. */
    private static @Nullable String note(int leftOut, List<String> problems) {
        var listed = Math.min(problems.size(), PROBLEMS);
        var more = Math.max(leftOut, problems.size()) - listed;
        var lines = new ArrayList<>(problems.subList(0, listed));
        if (more > 0) {
            lines.add(
                    (listed == 0 ? "" : "and ") + more + (listed == 0 ? "" : " more") + " report files were left out");
        }
        return lines.isEmpty() ? null : String.join("\n", lines);
    }

    /**
     * Returns the observation of a task with the origin of its task caches, or that their container still writes its
     * report.
     */
    public static Observation withTaskCaches(Pod pod, Observation seen, Instant now) {
        var use = TaskCacheNote.read(pod);
        if (use.isEmpty() || use.get().caches().isEmpty()) {
            return seen;
        }
        return switch (seen) {
            case Observation.Done done ->
                isTaskCacheReportPending(pod)
                        ? new Observation.Reading(done.since(), now.plus(RETRY))
                        : done.with(done.kept().withCaches(taskCacheMessage(pod, use.get())));
            case Observation.Broken broken ->
                isTaskCacheReportPending(pod) && broken.since().isPresent()
                        ? new Observation.Reading(broken.since().get(), now.plus(RETRY))
                        : broken.with(broken.kept().withCaches(taskCacheMessage(pod, use.get())));
            case Observation other -> other;
        };
    }

    private static boolean isTaskCacheReportPending(Pod pod) {
        return !PodReader.hasFinished(pod)
                && PodReader.terminationMessage(pod, TaskCacheMounts.CONTAINER).isEmpty();
    }

    private static String taskCacheMessage(Pod pod, TaskCacheUse use) {
        return use.describe(PodReader.terminationMessage(pod, TaskCacheMounts.CONTAINER)
                .flatMap(TaskCacheReportReader::read)
                .orElse(null));
    }

    private Read read(RunContext run, Step.Task task, String pod) throws IOException {
        try (var log = logs.open(run.namespace(), pod, CollectorContainer.NAME)) {
            var files = new ReportFileCollector(store, junit, RunId.of(run.resource()), task.name());
            var lost = CollectorLog.read(log, CollectorLog.Limits.STANDARD, files);
            return new Read(files.tests(), files.problems(lost));
        }
    }
}
