package dev.hearth.cluster;

import dev.hearth.budget.FairSemaphore;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.ContainerResource;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.SequenceInputStream;
import java.io.Serial;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.apache.commons.io.input.BoundedInputStream;

/**
 * Reads the logs of containers. Only a few logs are read at a time, which protects the operator's memory, the API
 * server and the nodes when many containers end together. Turns are fair between namespaces. The caller closes the log.
 */
@ApplicationScoped
public class PodLogs {
    /** Far more than a kubelet keeps for a container: 10 MiB by default. */
    private static final int MOST_BYTES = 256 << 20;

    private static final int AT_ONCE = 8;
    private static final int AT_ONCE_PER_NAMESPACE = 4;

    /** Limit for the last lines of a log, which can have any length. */
    private static final int MOST_BYTES_OF_LINES = 1 << 20;

    /** What a kubelet sends in place of a log that it could not read, with a code of success. */
    private static final Pattern UNREADABLE =
            Pattern.compile("unable to retrieve container logs for [a-z-]+://[0-9a-f]+");

    private static final int LONGEST_UNREADABLE = 200;

    /** How often a log is tried, with pauses of a second, in which a kubelet may write the log or update the pod's status. */
    private static final int TRIES = 5;

    /** How long a caller waits for its turn. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    /** Time limit for reading a log, for a node that stops sending. */
    private static final Duration TIME_LIMIT = Duration.ofMinutes(10);

    private final KubernetesClient client;
    private final FairSemaphore turns = new FairSemaphore(AT_ONCE, AT_ONCE_PER_NAMESPACE);

    /** Uses connections of its own: closing a log closes its connection, which must not end other requests. */
    public PodLogs(KubernetesClient client) {
        this.client = new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(client.getConfiguration())
                        .withHttp2Disable(true)
                        .build())
                .build();
    }

    /**
     * Waits for a turn and opens a container's log. The log is transferred from the node while it is read.
     *
     * @throws UnreadableLog if the node cannot read the log
     */
    public InputStream open(String namespace, String pod, String container) throws IOException {
        return inTurn(
                namespace,
                () -> container(namespace, pod, container)
                        .limitBytes(MOST_BYTES)
                        .getLogInputStream());
    }

    /** Opens the log of a container's previous run. Throws "not found" or {@link UnreadableLog} if the kubelet has removed it. */
    public InputStream openPrevious(String namespace, String pod, String container) throws IOException {
        // The client can request a limit or the previous log, but not both.
        return bounded(
                inTurn(
                        namespace,
                        () -> container(namespace, pod, container).terminated().getLogInputStream()),
                MOST_BYTES);
    }

    /**
     * Returns the last characters of the last lines of a log. While a container that was started again has printed nothing, that
     * is the log of its previous run.
     *
     * @param previous whether to read the log of the container's previous run in any case
     */
    public String end(String namespace, String pod, String container, int lines, int characters, boolean previous)
            throws IOException {
        var end = endOfOne(namespace, pod, container, lines, characters, previous);
        if (previous || !end.isBlank()) {
            return end;
        }
        try {
            return endOfOne(namespace, pod, container, lines, characters, true);
        } catch (KubernetesClientException | UnreadableLog e) {
            return end; // the container has no previous run
        }
    }

    private String endOfOne(String namespace, String pod, String container, int lines, int characters, boolean previous)
            throws IOException {
        var log = container(namespace, pod, container);
        try (var end = bounded(
                inTurn(
                        namespace,
                        () -> (previous ? log.terminated() : log)
                                .tailingLines(lines)
                                .getLogInputStream()),
                MOST_BYTES_OF_LINES)) {
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

    /** Waits for a turn and opens a log. Tries again while the node cannot read it: its containers change. */
    private InputStream inTurn(String namespace, Supplier<InputStream> source) throws IOException {
        for (int tried = 1; ; tried++) {
            try {
                return onceInTurn(namespace, source);
            } catch (UnreadableLog e) {
                if (tried == TRIES) {
                    throw e;
                }
                pause();
            }
        }
    }

    private InputStream onceInTurn(String namespace, Supplier<InputStream> source) throws IOException {
        try {
            if (!turns.take(namespace, PATIENCE.toNanos())) {
                throw new IOException("reading other logs took longer than " + PATIENCE.toMinutes() + " minutes");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for other logs");
        }
        var opened = false;
        try {
            var log = new TimeLimitedStream(source.get(), TIME_LIMIT, () -> turns.give(namespace));
            opened = true;
            return readable(log);
        } finally {
            if (!opened) {
                turns.give(namespace);
            }
        }
    }

    /** Reads the beginning, which may tell that there is no more. */
    private static InputStream readable(InputStream log) throws IOException {
        try {
            var begin = log.readNBytes(LONGEST_UNREADABLE);
            var text = new String(begin, StandardCharsets.UTF_8);
            if (UNREADABLE.matcher(text.strip()).matches()) {
                throw new UnreadableLog(text);
            }
            return new SequenceInputStream(new ByteArrayInputStream(begin), log);
        } catch (IOException | RuntimeException e) {
            log.close();
            throw e;
        }
    }

    private static void pause() throws InterruptedIOException {
        try {
            Thread.sleep(Duration.ofSeconds(1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for a log");
        }
    }

    /** The node has no such log any more: for example, it has removed an earlier container of a service that keeps failing. */
    public static final class UnreadableLog extends IOException {
        @Serial
        private static final long serialVersionUID = 1;

        UnreadableLog(String message) {
            super(message);
        }
    }

    private ContainerResource container(String namespace, String pod, String container) {
        return client.pods().inNamespace(namespace).withName(pod).inContainer(container);
    }
}
