package dev.hearth.git;

import dev.hearth.budget.ResponseBudget;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/**
 * Talks to a git server within the budget and for a limited time, which the wait for turns does not take. A timeout of the
 * transport would count from its last byte, so that a slow server never ends.
 */
record Limited(ResponseBudget budget, Duration limit) {

    <T> T call(GitRemote remote, ResponseBudget.Work<T> work) throws GitException {
        Isolation.install();
        try {
            return budget.call(remote.namespace(), limit, work);
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
        }
    }
}
