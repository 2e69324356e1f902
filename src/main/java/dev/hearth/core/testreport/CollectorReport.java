package dev.hearth.core.testreport;

import java.util.Optional;

/**
 * What a pod kept of a task, by its own account.
 *
 * @param artifact there is one if the task has to leave one and did; neither this nor one of the next two is so if the pod
 *     was ended before it was looked at
 * @param artifactMissing whether there is no such folder, or nothing in it
 * @param artifactUnreadable whether not all of it can be read, or a link leads to it
 * @param files report files that are in the log
 * @param kib of these files
 * @param leftOut report files that were too many, too large or not readable
 */
public record CollectorReport(
        Optional<Artifact> artifact,
        boolean artifactMissing,
        boolean artifactUnreadable,
        int files,
        long kib,
        int leftOut) {

    /**
     * Files that a task leaves for later steps.
     *
     * @param digest {@code sha256:...} of all that counts of them
     */
    public record Artifact(String digest, int files, long kib) {}
}
