package dev.hearth.git;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Talks to a git server for a limited time: a transport's own timeout counts from its last byte, so a slow one never ends. */
record Limited(Duration limit) {

    <T> T call(GitRemote remote, Callable<T> work) throws GitException {
        IsolatedSystem.install();
        var task = new FutureTask<>(work);
        Thread.startVirtualThread(task);
        try {
            return task.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof GitException known
                    ? known
                    : GitException.of(remote, e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            task.cancel(true);
            throw new GitException(
                    GitException.Reason.Unreachable,
                    remote.url() + " did not answer within " + limit.toSeconds() + " s");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GitException(GitException.Reason.Unreachable, "interrupted");
        }
    }

    /** For JGit, which counts whole seconds. */
    int seconds() {
        return (int) Math.max(1, limit.toSeconds());
    }
}
