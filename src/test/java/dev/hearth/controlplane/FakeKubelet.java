package dev.hearth.controlplane;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Plays scheduler and kubelet of the only node: leads each pod through its life at once, as the scripts of its namespace
 * say. Reacts to what it watches, and never waits for a time.
 */
public final class FakeKubelet implements AutoCloseable {
    static final String NODE = "fake";
    private static final int HEARTBEAT_SECONDS = 10;
    private static final String READY =
            "{\"status\": {\"conditions\": [{\"type\": \"Ready\", \"status\": \"True\", \"reason\": \"Fake\"}]}}";

    private final KubernetesClient client;
    private final FakeStorage storage;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final ScheduledExecutorService heart = Executors.newSingleThreadScheduledExecutor();
    private final Map<String, PodScripts> scripts = new ConcurrentHashMap<>();
    private final Map<String, ScriptedPod> lives = new ConcurrentHashMap<>();
    private final SharedIndexInformer<Pod> pods;

    public FakeKubelet(KubernetesClient client) {
        this.client = client;
        this.storage = new FakeStorage(client, FakeStorage.Content.NONE, threads);
        client.resource(new NodeBuilder()
                        .withNewMetadata()
                        .withName(NODE)
                        .endMetadata()
                        .build())
                .create();
        client.nodes().withName(NODE).subresource("status").patch(PatchContext.of(PatchType.JSON_MERGE), READY);
        var _ = heart.scheduleWithFixedDelay(this::beat, 0, HEARTBEAT_SECONDS, TimeUnit.SECONDS);
        this.pods = client.pods().inAnyNamespace().inform(new Changes<>(this::look));
        storage.onChange(claim -> lookAgain(claim.getMetadata().getNamespace()));
    }

    public PodScripts scripts(String namespace) {
        return scripts.computeIfAbsent(namespace, it -> new PodScripts(it, () -> lookAgain(it)));
    }

    public FakeStorage storage() {
        return storage;
    }

    /** What the node would answer for a pod's log. */
    Optional<String> log(String namespace, String pod) {
        return scripts(namespace).log(pod);
    }

    KubernetesClient client() {
        return client;
    }

    /** The pod as it is now; empty once it is gone. */
    Optional<Pod> now(Pod pod) {
        return Optional.ofNullable(pods.getStore().get(pod)); // by its uid
    }

    private void lookAgain(String namespace) {
        pods.getStore().list().stream()
                .filter(pod -> pod.getMetadata().getNamespace().equals(namespace))
                .forEach(this::look);
    }

    private void look(Pod pod) {
        var life = lives.computeIfAbsent(pod.getMetadata().getUid(), _ -> new ScriptedPod(this, pod));
        threads.execute(life::proceed);
    }

    /** Without it the node would be taken for lost, with all of its pods. */
    private void beat() {
        client.resource(new LeaseBuilder()
                        .withNewMetadata()
                        .withNamespace("kube-node-lease")
                        .withName(NODE)
                        .endMetadata()
                        .withNewSpec()
                        .withHolderIdentity(NODE)
                        .withLeaseDurationSeconds(4 * HEARTBEAT_SECONDS)
                        .withRenewTime(ZonedDateTime.now(ZoneOffset.UTC))
                        .endSpec()
                        .build())
                .forceConflicts()
                .serverSideApply();
    }

    @Override
    public void close() {
        pods.close();
        storage.close();
        heart.shutdownNow();
        threads.shutdownNow();
    }
}
