package dev.hearth.results;

/**
 * How much is kept, in bytes.
 *
 * @param log of a container's log; the middle of a longer one is left out
 * @param run of one run
 * @param namespace of all runs of a namespace; beyond it results of its own runs go
 * @param total of all runs; beyond it results go where there are the most
 */
public record StoreLimits(long log, long run, long namespace, long total) {
    public StoreLimits {
        if (log < 1024 || run < log || namespace < run || total < namespace) {
            throw new IllegalArgumentException(
                    "hearth.results has to say log-limit, of at least 1Ki, <= run-limit <= namespace-limit <= total-limit,"
                            + " and says " + log + ", " + run + ", " + namespace + ", " + total + " bytes");
        }
    }
}
