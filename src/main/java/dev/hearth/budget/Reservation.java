package dev.hearth.budget;

import java.io.IOException;
import java.io.InterruptedIOException;

/**
 * The part of the response budget that one call uses. It covers small answers. For the first larger answer, the reading
 * thread waits for one of the few turns for large answers, while the server waits to send. It belongs to one thread.
 */
public final class Reservation {
    private final ResponseBudget budget;
    private final String namespace;
    private final Stopwatch stopwatch;
    private boolean large;

    Reservation(ResponseBudget budget, String namespace, Stopwatch stopwatch) {
        this.budget = budget;
        this.namespace = namespace;
        this.stopwatch = stopwatch;
    }

    ResponseLimits limits() {
        return budget.limits();
    }

    /** Starts an answer. The caller must no longer hold earlier answers in memory. */
    public Response response() {
        return new Response(this);
    }

    /** Waits for a turn of the call. */
    void begin() throws IOException {
        await(budget.calls());
    }

    /** Waits for a turn for a large answer, unless the call has one. */
    void enlarge() throws IOException {
        if (!large) {
            await(budget.large());
            large = true;
        }
    }

    void end() {
        if (large) {
            budget.large().give(namespace);
        }
        budget.calls().give(namespace);
    }

    private void await(FairSemaphore turns) throws IOException {
        stopwatch.stop();
        try {
            if (!turns.take(namespace, budget.limits().patience().toNanos())) {
                throw new BudgetExhausted();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for a turn");
        } finally {
            stopwatch.start();
        }
    }
}
