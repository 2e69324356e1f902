package dev.hearth.git;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Talks to a git server for a limited time: a transport's own timeout counts from its last byte, so a slow one never ends.
 * On a virtual thread, because only there an interrupt closes the socket that it waits for.
 */
record Limited(Duration limit) {

    <T> T call(GitRemote remote, Callable<T> work) throws GitException {
        Isolation.install();
        var task = new FutureTask<>(work);
        Thread.startVirtualThread(task);
        try {
            return task.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw switch (e.getCause()) {
                case GitException known -> known;
                case Error broken -> throw broken;
                case Throwable cause -> Diagnosis.of(remote, cause);
                case null -> Diagnosis.of(remote, e);
            };
        } catch (TimeoutException e) {
            throw new GitException(
                    GitException.Reason.Unreachable,
                    remote.shown() + " did not answer within " + limit.toMillis() / 1000.0
                            + " s: check that it is up and the cluster may reach it");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GitException(GitException.Reason.Unreachable, "reading " + remote.shown() + " was interrupted");
        } finally {
            // Whoever stops waiting, for whatever reason, leaves no connection behind; of no effect on one that is
            // done.
            task.cancel(true);
        }
    }

    /** For JGit, which counts whole seconds. */
    int seconds() {
        return (int) Math.max(1, limit.toSeconds());
    }
}
