package dev.hearth.chaos;

import dev.hearth.controlplane.Changes;
import dev.hearth.controlplane.FakeStorage;
import dev.hearth.controlplane.ReadyNode;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;

/** Plays scheduler and kubelet of the only node: every pod gets a thread that leads it through its life. */
final class FakeNode implements AutoCloseable {
    private final KubernetesClient client;
    private final FakeStorage storage;
    private final VolumeModel volumes;
    private final ExecutorService threads;
    private final Random random;
    private final Set<String> known = ConcurrentHashMap.newKeySet();
    private final ReadyNode node;
    private final SharedIndexInformer<Pod> pods;

    FakeNode(
            KubernetesClient client, FakeStorage storage, VolumeModel volumes, ExecutorService threads, Random random) {
        this.client = client;
        this.storage = storage;
        this.volumes = volumes;
        this.threads = threads;
        this.random = random;
        this.node = new ReadyNode(client);
        this.pods = client.pods().inAnyNamespace().inform(new Changes<>(this::take));
    }

    /** The pod of this uid as it is now; empty once it is gone. */
    Optional<Pod> now(Pod pod) {
        return Optional.ofNullable(pods.getStore().get(pod)); // by its uid
    }

    ReadyNode node() {
        return node;
    }

    KubernetesClient client() {
        return client;
    }

    FakeStorage storage() {
        return storage;
    }

    VolumeModel volumes() {
        return volumes;
    }

    /** A number from 0, for what is decided by chance; one at a time, so that a seed means something. */
    int chance(int bound) {
        synchronized (random) {
            return random.nextInt(bound);
        }
    }

    private void take(Pod pod) {
        if (known.add(pod.getMetadata().getUid())) {
            threads.execute(new FakePod(this, pod));
        }
    }

    @Override
    public void close() {
        pods.close();
        node.close();
    }
}
