package dev.hearth.e2e;

import dev.hearth.testbed.Hearth;
import dev.hearth.testbed.Workplace;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Optional;

/** The operator as it runs in the cluster. */
final class OperatorPod {
    /** Held by tests that kill it, shared by those that count on it. */
    static final String LOCK = "operator";

    private OperatorPod() {}

    /** Ends it at once and waits until there is another one, which need not be ready. */
    static void kill(Workplace work) {
        var killed = of(work);
        work.client().pods().resource(killed).withGracePeriod(0).delete();
        work.until(
                "another operator",
                () -> Optional.of(of(work))
                        .filter(it -> !it.getMetadata()
                                .getUid()
                                .equals(killed.getMetadata().getUid())));
    }

    static Pod of(Workplace work) {
        return work.until(
                "an operator",
                () -> work
                        .client()
                        .pods()
                        .inNamespace(Hearth.NAMESPACE)
                        .withLabel("app.kubernetes.io/name", "hearth")
                        .list()
                        .getItems()
                        .stream()
                        .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                        .findFirst());
    }
}
