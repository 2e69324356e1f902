package dev.hearth.budget;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The one budget of memory and time for what the operator asks servers that it does not trust. No question is asked without
 * a turn, turns are fair between namespaces, and a question that was asked has an absolute deadline: a server that is slow,
 * or sends without end, keeps a turn of its own namespace only, and not for long.
 */
public final class ResponseBudget {
    private static final int SHARES = 4;

    private final ResponseLimits limits;
    private final FairSemaphore questions;
    private final FairSemaphore large;

    public ResponseBudget(ResponseLimits limits) {
        this.limits = limits;
        this.questions = new FairSemaphore(limits.atOnce(), Math.max(1, limits.atOnce() / SHARES));
        this.large = new FairSemaphore(limits.largeAtOnce(), Math.max(1, limits.largeAtOnce() - 1));
    }

    ResponseLimits limits() {
        return limits;
    }

    /** What is done with a reservation. Its result has to be small: it is not counted. */
    @FunctionalInterface
    public interface Work<T> {
        T on(Reservation reservation) throws Exception;
    }

    /**
     * Does work once there is a turn. The work runs on a virtual thread, because only there an interrupt closes the socket
     * that it waits for.
     *
     * @param namespace whose turn it is
     * @param limit for the work, without the wait for turns
     * @throws ExecutionException what the work threw, or {@link BudgetExhausted}
     * @throws TimeoutException if the work took longer
     */
    public <T> T call(String namespace, Duration limit, Work<T> work)
            throws ExecutionException, TimeoutException, InterruptedException {
        var stopwatch = new Stopwatch();
        var task = new FutureTask<>(() -> {
            var reservation = new Reservation(this, namespace, stopwatch);
            reservation.ask();
            try {
                return work.on(reservation);
            } finally {
                // Here and not where the caller gives up: until it has ended, the work refers to what it has read.
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
            task.cancel(true); // leaves no connection behind, and has no effect on work that is done
        }
    }

    FairSemaphore questions() {
        return questions;
    }

    FairSemaphore large() {
        return large;
    }
}
