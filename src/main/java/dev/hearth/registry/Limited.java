package dev.hearth.registry;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Talks to a registry for a limited time: ORAS limits how long connecting takes, and waits for an answer for ever. */
record Limited(Duration limit) {

    <T> T call(Repository repository, Callable<T> work) throws RegistryException {
        var task = new FutureTask<>(work);
        Thread.startVirtualThread(task);
        try {
            return task.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw switch (e.getCause()) {
                case RegistryException known -> known;
                case Error broken -> throw broken;
                case RuntimeException unexpected -> throw unexpected;
                case null, default -> throw new IllegalStateException("cannot publish to " + repository, e);
            };
        } catch (TimeoutException e) {
            throw RegistryException.late(repository, limit);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw RegistryException.late(repository, limit);
        } finally {
            // Whoever stops waiting, for whatever reason, leaves no connection behind; of no effect on one that is
            // done.
            task.cancel(true);
        }
    }
}
