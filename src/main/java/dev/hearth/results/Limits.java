package dev.hearth.results;

/**
 * How much is kept, in bytes.
 *
 * @param log of a container's log; the middle of a longer one is left out
 * @param run of one run
 * @param total of all runs; beyond it the oldest go
 */
public record Limits(long log, long run, long total) {
    public Limits {
        if (log < 1024 || run < log || total < run) {
            throw new IllegalArgumentException(
                    "hearth.results has to say log-limit, of at least 1Ki, <= run-limit <= total-limit, and says " + log
                            + ", " + run + ", " + total + " bytes");
        }
    }
}
