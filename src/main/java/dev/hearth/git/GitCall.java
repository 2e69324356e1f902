package dev.hearth.git;

import dev.hearth.budget.ResponseBudget;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/**
 * Calls a git server within the response budget and a time limit, and turns every failure into a {@link GitException}.
 * The wait for a turn does not count for the time limit. There is no other timeout: that of a transport restarts with
 * every byte, so a slow server would never reach it.
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
                            + " s: check that it runs and that the cluster can reach it");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GitException(GitException.Reason.Unreachable, "reading " + remote.shown() + " was interrupted");
        }
    }
}
