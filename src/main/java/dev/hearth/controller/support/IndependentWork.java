package dev.hearth.controller.support;

import dev.hearth.cluster.ApiRejection;
import dev.hearth.core.status.StatusReason;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Runs the actions of one reconciliation independently of each other: a failure does not stop the following ones.
 * Failures are reported, and thrown at the end, so that the controller retries with growing pauses.
 */
public final class IndependentWork {
    private final List<RuntimeException> failures = new ArrayList<>();

    /**
     * Runs an action.
     *
     * @return whether it succeeded
     */
    public boolean run(Runnable work) {
        return get(
                () -> {
                    work.run();
                    return true;
                },
                false);
    }

    /** Runs an action, and returns its result. Returns {@code otherwise} if it failed. */
    @SuppressWarnings("IllegalCatch") // collected, and thrown at the end
    public <T> T get(Supplier<T> work, T otherwise) {
        try {
            return work.get();
        } catch (KubernetesClientException e) {
            if (!ApiRejection.isNamespaceTerminating(e)) { // its resource is deleted with the namespace
                failures.add(e);
            }
        } catch (RuntimeException e) {
            failures.add(e);
        }
        return otherwise;
    }

    public <T> void each(Iterable<T> items, Consumer<T> work) {
        items.forEach(item -> run(() -> work.accept(item)));
    }

    /** Returns the reason of the first failure, and the number of further ones. Empty if nothing failed. */
    public Optional<StatusReason> failure() {
        return failures.stream()
                .findFirst()
                .map(ApiRejection::statusReason)
                .map(first -> failures.size() == 1
                        ? first
                        : new StatusReason(
                                first.reason(),
                                first.message() + " (and " + (failures.size() - 1) + " more failures)"));
    }

    /** Throws {@link Incomplete} if an action failed. */
    public void end() {
        if (!failures.isEmpty()) {
            throw new Incomplete(failures);
        }
    }

    /** Some actions failed. */
    public static final class Incomplete extends RuntimeException {
        private Incomplete(List<RuntimeException> failures) {
            super(failures.getFirst().getMessage(), failures.getFirst());
            failures.stream().skip(1).limit(10).forEach(this::addSuppressed);
        }
    }
}
