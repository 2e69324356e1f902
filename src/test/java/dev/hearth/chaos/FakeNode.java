package dev.hearth.chaos;

import dev.hearth.controlplane.Changes;
import dev.hearth.controlplane.FakeStorage;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Plays scheduler and kubelet of the only node: every pod gets a thread that leads it through its life. */
final class FakeNode implements AutoCloseable {
    static final String NAME = "played";
    private static final String READY =
            "{\"status\": {\"conditions\": [{\"type\": \"Ready\", \"status\": \"True\", \"reason\": \"Played\"}]}}";
    private static final int HEARTBEAT_SECONDS = 10;

    private final KubernetesClient client;
    private final FakeStorage storage;
    private final VolumeModel volumes;
    private final ExecutorService threads;
    private final Random random;
    private final Set<String> known = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService heart = Executors.newSingleThreadScheduledExecutor();
    private final SharedIndexInformer<Pod> pods;

    FakeNode(
            KubernetesClient client, FakeStorage storage, VolumeModel volumes, ExecutorService threads, Random random) {
        this.client = client;
        this.storage = storage;
        this.volumes = volumes;
        this.threads = threads;
        this.random = random;
        client.resource(new NodeBuilder()
                        .withNewMetadata()
                        .withName(NAME)
                        .endMetadata()
                        .build())
                .create();
        client.nodes().withName(NAME).subresource("status").patch(PatchContext.of(PatchType.JSON_MERGE), READY);
        var _ = heart.scheduleWithFixedDelay(this::beat, 0, HEARTBEAT_SECONDS, TimeUnit.SECONDS);
        this.pods = client.pods().inAnyNamespace().inform(new Changes<>(this::take));
    }

    /** The pod of this uid as it is now; empty once it is gone. */
    Optional<Pod> now(Pod pod) {
        return Optional.ofNullable(pods.getStore().get(pod)); // by its uid
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

    /** Without it the node would be taken for lost, with all of its pods. */
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
        pods.close();
        heart.shutdownNow();
    }
}
