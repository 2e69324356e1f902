package dev.hearth.registry;

import dev.hearth.budget.ResponseBudget;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/** Calls a registry within the response budget and a time limit, and turns failures into {@link RegistryException}s. */
record RegistryCall(ResponseBudget budget, Duration limit) {

    <T> T call(String namespace, RegistryRepository repository, ResponseBudget.Work<T> work) throws RegistryException {
        try {
            return budget.call(namespace, limit, work);
        } catch (ExecutionException e) {
            throw switch (e.getCause()) {
                case RegistryException known -> known;
                case Error broken -> throw broken;
                case RuntimeException unexpected -> throw unexpected;
                case Exception other -> RegistryException.unreachable(repository, other);
                case null, default -> throw new IllegalStateException("cannot call " + repository, e);
            };
        } catch (TimeoutException e) {
            throw RegistryException.timedOut(repository, limit);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw RegistryException.interrupted(repository);
        }
    }
}
