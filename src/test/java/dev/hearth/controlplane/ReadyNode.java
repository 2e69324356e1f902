package dev.hearth.controlplane;

import io.fabric8.kubernetes.api.model.BindingBuilder;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** The only node of a control plane: registered, ready, and with heartbeats until it is closed. Runs nothing. */
public final class ReadyNode implements AutoCloseable {
    static final String NAME = "fake";
    private static final int HEARTBEAT_SECONDS = 10;
    private static final String READY =
            "{\"status\": {\"conditions\": [{\"type\": \"Ready\", \"status\": \"True\", \"reason\": \"Fake\"}]}}";

    private final KubernetesClient client;
    private final ScheduledExecutorService heart = Executors.newSingleThreadScheduledExecutor();

    public ReadyNode(KubernetesClient client) {
        this.client = client;
        client.resource(new NodeBuilder()
                        .withNewMetadata()
                        .withName(NAME)
                        .endMetadata()
                        .build())
                .create();
        client.nodes().withName(NAME).subresource("status").patch(PatchContext.of(PatchType.JSON_MERGE), READY);
        var _ = heart.scheduleWithFixedDelay(this::beat, 0, HEARTBEAT_SECONDS, TimeUnit.SECONDS);
    }

    /** Assigns a pod to the node, as the scheduler does. */
    public void bind(Pod pod) {
        var meta = pod.getMetadata();
        client.bindings()
                .inNamespace(meta.getNamespace())
                .resource(new BindingBuilder()
                        .withNewMetadata()
                        .withNamespace(meta.getNamespace())
                        .withName(meta.getName())
                        .withUid(meta.getUid())
                        .endMetadata()
                        .withTarget(new ObjectReferenceBuilder()
                                .withKind("Node")
                                .withName(NAME)
                                .build())
                        .build())
                .create();
    }

    /** Without heartbeats, Kubernetes takes the node for lost and deletes its pods. */
    private void beat() {
        client.resource(new LeaseBuilder()
                        .withNewMetadata()
                        .withNamespace("kube-node-lease")
                        .withName(NAME)
                        .endMetadata()
                        .withNewSpec()
                        .withHolderIdentity(NAME)
                        .withLeaseDurationSeconds(4 * HEARTBEAT_SECONDS)
                        .withRenewTime(ZonedDateTime.now(ZoneOffset.UTC))
                        .endSpec()
                        .build())
                .forceConflicts()
                .serverSideApply();
    }

    @Override
    public void close() {
        heart.shutdownNow();
    }
}
