package dev.hearth.core.testreport;

import java.util.Optional;

/**
 * The report of the container that collects a task's files.
 *
 * @param artifact empty if the task has none to produce, or did not produce it, or the pod ended before it was collected; in
 *     the last case the next two are false
 * @param artifactMissing whether the artifact's folder does not exist or is empty
 * @param artifactUnreadable whether a part of it cannot be read, or its path contains a link
 * @param files number of report files in the log
 * @param kib their size in KiB
 * @param leftOut number of report files that were too many, too large or unreadable
 */
public record CollectorReport(
        Optional<Artifact> artifact,
        boolean artifactMissing,
        boolean artifactUnreadable,
        int files,
        long kib,
        int leftOut) {

    /**
     * An artifact that a task produced.
     *
     * @param digest {@code sha256:...} of its files
     * @param files number of its files
     * @param kib their size in KiB
     */
    public record Artifact(String digest, int files, long kib) {}
}
