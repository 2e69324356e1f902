package dev.hearth.worker;

import dev.hearth.registry.RegistryException;
import java.io.IOException;
import java.time.Duration;
import org.jboss.logging.Logger;

/**
 * Tries again what a registry fails to do for the moment.
 *
 * @param longest from the first attempt to the beginning of the last
 * @param pause before the second attempt; doubled each time
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
                if (!e.transientFailure() || System.nanoTime() + wait.toNanos() > end) {
                    throw new WorkerFailure(String.valueOf(e.getMessage()));
                }
                LOG.warnf("Trying again: %s", e.getMessage());
            }
            wait = wait.compareTo(LONGEST_PAUSE) < 0 ? wait : LONGEST_PAUSE;
            Thread.sleep(wait);
        }
    }

    /** Something that a registry has a part in. */
    @FunctionalInterface
    interface Attempt<T> {
        T run() throws RegistryException, WorkerFailure, IOException;
    }
}
