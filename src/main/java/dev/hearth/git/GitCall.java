package dev.hearth.git;

import dev.hearth.budget.ResponseBudget;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/**
 * Talks to a git server within the budget and for a limited time, in which waiting for a turn does not count. It is the only
 * timeout: one of the transport begins again with every byte, so that a slow server would never end.
 */
record GitCall(ResponseBudget budget, Duration limit) {

    <T> T call(GitRemote remote, ResponseBudget.Work<T> work) throws GitException {
        JGitEnvironment.install();
        try {
            return budget.call(remote.namespace(), limit, work);
        } catch (ExecutionException e) {
            throw switch (e.getCause()) {
                case GitException known -> known;
                case Error broken -> throw broken;
                case Throwable cause -> GitFailureReader.of(remote, cause);
                case null -> GitFailureReader.of(remote, e);
            };
        } catch (TimeoutException e) {
            throw new GitException(
                    GitException.Reason.Unreachable,
                    remote.shown() + " did not answer within " + limit.toMillis() / 1000.0
                            + " s: check that it is up and the cluster may reach it");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GitException(GitException.Reason.Unreachable, "reading " + remote.shown() + " was interrupted");
        }
    }
}
