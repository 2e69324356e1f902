package dev.hearth.cluster;

import dev.hearth.budget.FairSemaphore;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.ContainerResource;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Supplier;
import org.apache.commons.io.input.BoundedInputStream;

/**
 * Reads what containers wrote. Few logs are read at once, which protects the operator's memory, the API server and the nodes when
 * many containers end together. Turns are fair between namespaces. The caller closes the log.
 */
@ApplicationScoped
public class PodLogs {
    /** Far more than kubelets keep of a container: 10 MiB unless they are told otherwise. */
    private static final int MOST = 256 << 20;

    private static final int AT_ONCE = 8;
    private static final int AT_ONCE_OF_A_NAMESPACE = 4;

    /** For lines of any length. */
    private static final int MOST_OF_LINES = 1 << 20;

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    /** A node that stops sending keeps a turn for no longer. */
    private static final Duration LONGEST = Duration.ofMinutes(10);

    private final KubernetesClient client;
    private final FairSemaphore turns = new FairSemaphore(AT_ONCE, AT_ONCE_OF_A_NAMESPACE);

    /** With connections of its own: one that ends with the log that it brought takes no other request with it. */
    public PodLogs(KubernetesClient client) {
        this.client = new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(client.getConfiguration())
                        .withHttp2Disable(true)
                        .build())
                .build();
    }

    /** Waits for a turn and opens a container's log, which comes from the node as it is read. */
    public InputStream open(String namespace, String pod, String container) throws IOException {
        return inTurn(
                namespace,
                () -> container(namespace, pod, container).limitBytes(MOST).getLogInputStream());
    }

    /** What a container wrote before it was started again; not found if the kubelet has removed it. */
    public InputStream openPrevious(String namespace, String pod, String container) throws IOException {
        // The client asks for a limit or for the log before, not for both.
        return bounded(
                inTurn(
                        namespace,
                        () -> container(namespace, pod, container).terminated().getLogInputStream()),
                MOST);
    }

    /**
     * The last lines that a container wrote, and of these the last characters.
     *
     * @param previous whether before it was started again
     */
    public String end(String namespace, String pod, String container, int lines, int characters, boolean previous)
            throws IOException {
        var log = container(namespace, pod, container);
        try (var end = bounded(
                inTurn(
                        namespace,
                        () -> (previous ? log.terminated() : log)
                                .tailingLines(lines)
                                .getLogInputStream()),
                MOST_OF_LINES)) {
            var text = new String(end.readAllBytes(), StandardCharsets.UTF_8);
            return text.substring(Math.max(0, text.length() - characters));
        }
    }

    private static InputStream bounded(InputStream log, int most) throws IOException {
        return BoundedInputStream.builder()
                .setInputStream(log)
                .setMaxCount(most)
                .get();
    }

    private InputStream inTurn(String namespace, Supplier<InputStream> source) throws IOException {
        try {
            if (!turns.take(namespace, PATIENCE.toNanos())) {
                throw new IOException("other logs are being read for more than " + PATIENCE.toMinutes() + " minutes");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for other logs");
        }
        var opened = false;
        try {
            var log = new TimeLimitedStream(source.get(), LONGEST, () -> turns.give(namespace));
            opened = true;
            return log;
        } finally {
            if (!opened) {
                turns.give(namespace);
            }
        }
    }

    private ContainerResource container(String namespace, String pod, String container) {
        return client.pods().inNamespace(namespace).withName(pod).inContainer(container);
    }
}
