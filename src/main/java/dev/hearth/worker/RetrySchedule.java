package dev.hearth.worker;

import dev.hearth.registry.RegistryException;
import java.io.IOException;
import java.time.Duration;
import org.jboss.logging.Logger;

/**
 * Repeats calls of a registry after transient failures.
 *
 * @param longest time from the first attempt to the start of the last one
 * @param pause pause before the second attempt; it is doubled before each further attempt
 */
record RetrySchedule(Duration longest, Duration pause) {
    private static final Logger LOG = Logger.getLogger(RetrySchedule.class);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);

    <T> T call(Attempt<T> attempt) throws WorkerFailure, IOException, InterruptedException {
        var end = System.nanoTime() + longest.toNanos();
        for (var wait = pause; ; wait = wait.multipliedBy(2)) {
            try {
                return attempt.run();
            } catch (RegistryException e) {
                if (!e.isTransient() || System.nanoTime() + wait.toNanos() > end) {
                    throw new WorkerFailure(String.valueOf(e.getMessage()));
                }
                LOG.warnf("trying again: %s", e.getMessage());
            }
            wait = wait.compareTo(LONGEST_PAUSE) < 0 ? wait : LONGEST_PAUSE;
            Thread.sleep(wait);
        }
    }

    /** A call of a registry. */
    @FunctionalInterface
    interface Attempt<T> {
        T run() throws RegistryException, WorkerFailure, IOException;
    }
}
