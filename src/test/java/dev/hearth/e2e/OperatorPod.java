package dev.hearth.e2e;

import dev.hearth.testbed.HearthDeployment;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The operator as it runs in the cluster. */
final class OperatorPod {
    /** Held by tests that kill it, shared by those that count on it. */
    static final String LOCK = "operator";

    private OperatorPod() {}

    /** Ends it at once and waits until there is another one, which need not be ready. */
    static void kill(TestNamespace work) {
        var killed = of(work);
        work.client().pods().resource(killed).withGracePeriod(0).delete();
        work.until(
                "another operator",
                () -> Optional.of(of(work))
                        .filter(it -> !it.getMetadata()
                                .getUid()
                                .equals(killed.getMetadata().getUid())));
    }

    /** Lines of its audit log about objects of a namespace. */
    static List<String> audited(TestNamespace work) {
        return work.client()
                .pods()
                .resource(of(work))
                .getLog()
                .lines()
                .filter(line -> line.contains("\"loggerName\":\"hearth.audit\""))
                .filter(line -> line.contains("\"audit.namespace\":\"" + work.namespace() + "\""))
                .toList();
    }

    /** Waits for a line of its audit log with these words: it is written once the event has happened. */
    static String untilAudited(TestNamespace work, String words) {
        return work.until(
                "an audit line with " + words,
                () -> audited(work).stream()
                        .filter(line -> line.contains(words))
                        .findFirst());
    }

    /** Returns what a command prints in its container. */
    static String output(TestNamespace work, String... command) {
        return work.until("output of " + String.join(" ", command), () -> {
            var output = new ByteArrayOutputStream();
            try (var process = work.client()
                    .pods()
                    .resource(of(work))
                    .writingOutput(output)
                    .exec(command)) {
                return Optional.ofNullable(process.exitCode().get(30, TimeUnit.SECONDS))
                        .map(_ -> output.toString(StandardCharsets.UTF_8));
            } catch (KubernetesClientException e) {
                return Optional.empty();
            }
        });
    }

    static Pod of(TestNamespace work) {
        return work.until(
                "an operator",
                () -> work
                        .client()
                        .pods()
                        .inNamespace(HearthDeployment.NAMESPACE)
                        .withLabel("app.kubernetes.io/name", "hearth")
                        .list()
                        .getItems()
                        .stream()
                        .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                        .findFirst());
    }
}
