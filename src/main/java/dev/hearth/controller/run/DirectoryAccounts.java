package dev.hearth.controller.run;

import dev.hearth.core.cache.DirectoryUse;
import dev.hearth.core.cache.DirectoryWords;
import dev.hearth.core.run.Observation;
import dev.hearth.pod.Directories;
import dev.hearth.pod.DirectoryNote;
import dev.hearth.pod.PodReader;
import dev.hearth.report.DirectoryReports;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;

/** Adds to a task that has ended where the directories came from that it found. */
final class DirectoryAccounts {
    private static final Duration RETRY = Duration.ofSeconds(2);

    private DirectoryAccounts() {}

    /** The step has not ended before its pod has said so, or is over. */
    static Observation told(Pod pod, Observation seen, Instant now) {
        var use = DirectoryNote.read(pod);
        if (use.isEmpty()) {
            return seen;
        }
        return switch (seen) {
            case Observation.Done done ->
                isOpen(pod)
                        ? new Observation.Reading(done.since(), now.plus(RETRY))
                        : done.with(done.kept().from(words(pod, use.get())));
            case Observation.Broken broken ->
                isOpen(pod) && broken.since().isPresent()
                        ? new Observation.Reading(broken.since().get(), now.plus(RETRY))
                        : broken.with(broken.kept().from(words(pod, use.get())));
            case Observation other -> other;
        };
    }

    private static boolean isOpen(Pod pod) {
        return !PodReader.isOver(pod)
                && PodReader.lastWords(pod, Directories.CONTAINER).isEmpty();
    }

    private static String words(Pod pod, DirectoryUse use) {
        return DirectoryWords.of(
                use.caches(), PodReader.lastWords(pod, Directories.CONTAINER).flatMap(DirectoryReports::read));
    }
}
