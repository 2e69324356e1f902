package dev.hearth.controller.run.results;

import dev.hearth.core.run.Observation;
import dev.hearth.core.taskcache.TaskCacheUse;
import dev.hearth.pod.observe.PodReader;
import dev.hearth.pod.task.TaskCacheMounts;
import dev.hearth.pod.task.TaskCacheNote;
import dev.hearth.report.TaskCacheReportReader;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;

/** Adds to a task that has ended where the directories came from that it found. */
public final class TaskCacheUsageRecorder {
    private static final Duration RETRY = Duration.ofSeconds(2);

    private TaskCacheUsageRecorder() {}

    /** The step has not ended before its pod has said so, or is over. */
    public static Observation addReport(Pod pod, Observation seen, Instant now) {
        var use = TaskCacheNote.read(pod);
        if (use.isEmpty()) {
            return seen;
        }
        return switch (seen) {
            case Observation.Done done ->
                isOpen(pod)
                        ? new Observation.Reading(done.since(), now.plus(RETRY))
                        : done.with(done.kept().from(message(pod, use.get())));
            case Observation.Broken broken ->
                isOpen(pod) && broken.since().isPresent()
                        ? new Observation.Reading(broken.since().get(), now.plus(RETRY))
                        : broken.with(broken.kept().from(message(pod, use.get())));
            case Observation other -> other;
        };
    }

    private static boolean isOpen(Pod pod) {
        return !PodReader.isOver(pod)
                && PodReader.terminationMessage(pod, TaskCacheMounts.CONTAINER).isEmpty();
    }

    private static String message(Pod pod, TaskCacheUse use) {
        return use.describe(
                PodReader.terminationMessage(pod, TaskCacheMounts.CONTAINER).flatMap(TaskCacheReportReader::read));
    }
}
