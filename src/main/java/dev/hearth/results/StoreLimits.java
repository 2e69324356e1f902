package dev.hearth.results;

/**
 * Limits of the result store, in bytes.
 *
 * @param log for one container's log; the middle of a longer log is left out
 * @param run for one run
 * @param namespace for all runs of a namespace; above it, results of its runs are deleted
 * @param total for all runs; above it, results of the largest namespace are deleted
 */
public record StoreLimits(long log, long run, long namespace, long total) {
    public StoreLimits {
        if (log < 1024 || run < log || namespace < run || total < namespace) {
            throw new IllegalArgumentException(
                    "hearth.results needs 1Ki <= log-limit <= run-limit <= namespace-limit <= total-limit, but they are "
                            + log + ", " + run + ", " + namespace + ", " + total + " bytes");
        }
    }
}
