package dev.hearth.budget;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The operator's budget of memory and time for calls of servers that it does not trust. Every call waits for a turn,
 * turns are fair between namespaces, and every call has an absolute time limit. A server that is slow or sends without
 * end therefore holds only a turn of its own namespace, for a limited time.
 */
public final class ResponseBudget {
    private static final int SHARES = 4;

    private final ResponseLimits limits;
    private final FairSemaphore calls;
    private final FairSemaphore large;

    public ResponseBudget(ResponseLimits limits) {
        this.limits = limits;
        this.calls = new FairSemaphore(limits.atOnce(), Math.max(1, limits.atOnce() / SHARES));
        this.large = new FairSemaphore(limits.largeAtOnce(), Math.max(1, limits.largeAtOnce() - 1));
    }

    ResponseLimits limits() {
        return limits;
    }

    /** Work that uses a reservation. Its result has to be small, because it is not counted. */
    @FunctionalInterface
    public interface Work<T> {
        T on(Reservation reservation) throws Exception;
    }

    /**
     * Waits for a turn and does the work. The work runs on a virtual thread, because only there an interrupt closes the
     * socket for which the thread waits.
     *
     * @param namespace namespace that uses the turn
     * @param limit time limit of the work, without the waits for turns
     * @throws ExecutionException with the exception of the work, or {@link BudgetExhausted}, as its cause
     * @throws TimeoutException if the work reached the time limit
     */
    public <T> T call(String namespace, Duration limit, Work<T> work)
            throws ExecutionException, TimeoutException, InterruptedException {
        var stopwatch = new Stopwatch();
        var task = new FutureTask<>(() -> {
            var reservation = new Reservation(this, namespace, stopwatch);
            reservation.begin();
            try {
                return work.on(reservation);
            } finally {
                // Not when the caller stops waiting: until the work has ended, its answers are in memory.
                reservation.end();
            }
        });
        Thread.startVirtualThread(task);
        try {
            while (true) {
                try {
                    return task.get(limit.minus(stopwatch.elapsed()).toNanos(), TimeUnit.NANOSECONDS);
                } catch (TimeoutException e) {
                    if (stopwatch.elapsed().compareTo(limit) >= 0) {
                        throw e;
                    }
                }
            }
        } finally {
            task.cancel(true); // closes the connection, and has no effect on completed work
        }
    }

    FairSemaphore calls() {
        return calls;
    }

    FairSemaphore large() {
        return large;
    }
}
