package dev.hearth.app;

import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.quarkus.scheduler.Scheduler;
import jakarta.inject.Singleton;
import java.time.Duration;

/** Runs periodic work on the leader: first when the replica becomes the leader, then again at an interval. */
@Singleton
class LeaderRounds {
    private final Leadership leadership;
    private final Scheduler scheduler;

    LeaderRounds(Leadership leadership, Scheduler scheduler) {
        this.leadership = leadership;
        this.scheduler = scheduler;
    }

    /**
     * Schedules work. A round that is due while the one before still runs is left out; a round that fails is logged, and
     * the next one runs.
     *
     * @param what the name of the work, for the log line if it fails
     */
    void every(Duration interval, String what, Runnable work) {
        leadership.whenLeading(() -> {
            var _ = scheduler
                    .newJob(what)
                    .setInterval(interval.toString())
                    .setConcurrentExecution(ConcurrentExecution.SKIP)
                    .setTask(_ -> leadership.run(work), true)
                    .schedule();
        });
    }
}
