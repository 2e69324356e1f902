package dev.hearth.controlplane;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Plays scheduler and kubelet of the only node: leads each pod through its life at once, as the scripts of its namespace
 * say. Reacts to what it watches, and never waits for a time.
 */
public final class FakeKubelet implements AutoCloseable {
    private final KubernetesClient client;
    private final FakeStorage storage;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final ReadyNode node;
    private final Map<String, PodScripts> scripts = new ConcurrentHashMap<>();
    private final Map<String, ScriptedPod> lives = new ConcurrentHashMap<>();
    private final SharedIndexInformer<Pod> pods;

    public FakeKubelet(KubernetesClient client) {
        this.client = client;
        this.storage = new FakeStorage(client, FakeStorage.Content.NONE, threads);
        this.node = new ReadyNode(client);
        this.pods = client.pods().inAnyNamespace().inform(new Changes<>(this::look));
        storage.onChange(claim -> lookAgain(claim.getMetadata().getNamespace()));
    }

    public PodScripts scripts(String namespace) {
        return scripts.computeIfAbsent(namespace, it -> new PodScripts(() -> lookAgain(it)));
    }

    public FakeStorage storage() {
        return storage;
    }

    /** What the node would answer for a pod's log. */
    Optional<String> log(String namespace, String pod) {
        return scripts(namespace).log(pod);
    }

    /** Whether the node would not answer that at all. */
    boolean isSilent(String namespace, String pod) {
        return scripts(namespace).isSilent(pod);
    }

    ReadyNode node() {
        return node;
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

    @Override
    public void close() {
        pods.close();
        storage.close();
        node.close();
        threads.shutdownNow();
    }
}
