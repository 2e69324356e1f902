package dev.hearth.budget;

import java.io.IOException;
import java.io.InterruptedIOException;

/**
 * A question's part of the budget. It covers small answers; for the first that is larger, the thread that reads it waits for
 * one of the few turns of large answers, while the server waits to send. It belongs to one thread.
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

    /** Begins an answer. What was read before must no longer be referred to. */
    public Response response() {
        return new Response(this);
    }

    void ask() throws IOException {
        await(budget.questions());
    }

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
        budget.questions().give(namespace);
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
