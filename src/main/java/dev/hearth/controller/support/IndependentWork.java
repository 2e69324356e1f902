package dev.hearth.controller.support;

import dev.hearth.cluster.ApiRejection;
import dev.hearth.core.status.StatusReason;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Pieces of work of one reconciliation, none of which keeps the others from being done. What failed is reported, and thrown
 * at the end: then the controller tries again, later each time.
 */
public final class IndependentWork {
    private final List<RuntimeException> failures = new ArrayList<>();

    /**
     * Does one of them.
     *
     * @return whether it is done
     */
    @SuppressWarnings("IllegalCatch") // whatever went wrong, the rest is done, and it is thrown at the end
    public boolean run(Runnable work) {
        try {
            work.run();
            return true;
        } catch (KubernetesClientException e) {
            if (!ApiRejection.isOfLeavingNamespace(e)) { // what it was for goes too
                failures.add(e);
            }
        } catch (RuntimeException e) {
            failures.add(e);
        }
        return false;
    }

    public <T> void each(Iterable<T> items, Consumer<T> work) {
        items.forEach(item -> run(() -> work.accept(item)));
    }

    /** What failed, in the words of the first of them; empty if nothing did. */
    public Optional<StatusReason> finding() {
        return failures.stream()
                .findFirst()
                .map(ApiRejection::finding)
                .map(first -> failures.size() == 1
                        ? first
                        : new StatusReason(
                                first.reason(),
                                first.message() + " (and " + (failures.size() - 1) + " more failures)"));
    }

    /** Throws if anything failed. */
    public void end() {
        if (!failures.isEmpty()) {
            throw new Incomplete(failures);
        }
    }

    /** Some of the work was not done. */
    public static final class Incomplete extends RuntimeException {
        private Incomplete(List<RuntimeException> failures) {
            super(failures.getFirst().getMessage(), failures.getFirst());
            failures.stream().skip(1).limit(10).forEach(this::addSuppressed);
        }
    }
}
