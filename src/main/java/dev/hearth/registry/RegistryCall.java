package dev.hearth.registry;

import dev.hearth.budget.ResponseBudget;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/** Talks to a registry within the budget and for a limited time. */
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
                case null, default -> throw new IllegalStateException("cannot talk to " + repository, e);
            };
        } catch (TimeoutException e) {
            throw RegistryException.late(repository, limit);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw RegistryException.interrupted(repository);
        }
    }
}
