package dev.hearth.cluster;

import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.ContainerResource;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.InputStream;
import org.apache.commons.io.input.BoundedInputStream;

/** Reads what containers wrote. */
@ApplicationScoped
public class PodLogs {
    /** Far more than kubelets keep of a container: 10 MiB unless they are told otherwise. */
    private static final int MOST = 256 * 1024 * 1024;

    private final KubernetesClient client;

    /** With connections of its own: one that ends with the log that it brought takes no other request with it. */
    public PodLogs(KubernetesClient client) {
        this.client = new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(client.getConfiguration())
                        .withHttp2Disable(true)
                        .build())
                .build();
    }

    /** A container's log as it comes from the node, never in memory as a whole; whoever asks has to close it. */
    public InputStream open(String namespace, String pod, String container) {
        return container(namespace, pod, container).limitBytes(MOST).getLogInputStream();
    }

    /** What a container wrote before it was started again; not found if the kubelet has removed it. */
    public InputStream openPrevious(String namespace, String pod, String container) throws IOException {
        return BoundedInputStream.builder()
                .setInputStream(
                        container(namespace, pod, container).terminated().getLogInputStream())
                .setMaxCount(MOST) // the client asks for a limit or for the log before, not for both
                .get();
    }

    private ContainerResource container(String namespace, String pod, String container) {
        return client.pods().inNamespace(namespace).withName(pod).inContainer(container);
    }
}
