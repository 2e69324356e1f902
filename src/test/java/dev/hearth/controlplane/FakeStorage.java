package dev.hearth.controlplane;

import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.net.HttpURLConnection;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Plays a storage driver: makes a volume for each claim of its class, and removes it once Kubernetes has released it. */
public final class FakeStorage implements AutoCloseable {
    private static final String SELECTED_NODE = "volume.kubernetes.io/selected-node";

    private final KubernetesClient client;
    private final Content content;
    private final ExecutorService threads;
    private final Set<String> made = ConcurrentHashMap.newKeySet();
    private final Set<Predicate<PersistentVolumeClaim>> held = new CopyOnWriteArraySet<>();
    private final SharedIndexInformer<PersistentVolumeClaim> claims;
    private final SharedIndexInformer<PersistentVolume> volumes;

    /** What is on volumes, by the uid of their claims. */
    public interface Content {
        /** Volumes whose content does not matter. */
        Content NONE = new Content() {
            @Override
            public void make(String uid, String claim) {}

            @Override
            public void remove(String uid) {}
        };

        void make(String uid, String claim);

        void remove(String uid);
    }

    public FakeStorage(KubernetesClient client, Content content, ExecutorService threads) {
        this.client = client;
        this.content = content;
        this.threads = threads;
        this.claims = client.persistentVolumeClaims().inAnyNamespace().inform(new Changes<>(this::make));
        this.volumes = client.persistentVolumes().inform(new Changes<>(this::release));
    }

    /** Calls back for each change of a claim, once {@link #bound} knows of it. */
    void onChange(Consumer<PersistentVolumeClaim> callback) {
        claims.addEventHandler(new Changes<>(callback));
    }

    /** Uid of a claim that has its volume and is not being deleted. */
    public Optional<String> bound(String namespace, String claim) {
        return claims.getStore().list().stream()
                .filter(it -> it.getMetadata().getNamespace().equals(namespace)
                        && it.getMetadata().getName().equals(claim))
                .filter(it -> it.getMetadata().getDeletionTimestamp() == null
                        && it.getStatus() != null
                        && "Bound".equals(it.getStatus().getPhase()))
                .map(it -> it.getMetadata().getUid())
                .findFirst();
    }

    /** Says which node a pod with a claim is for, as the scheduler does: drivers of other classes may wait for that. */
    void choose(String namespace, String claim, String node) {
        claims.getStore().list().stream()
                .filter(it -> it.getMetadata().getNamespace().equals(namespace)
                        && it.getMetadata().getName().equals(claim))
                .filter(it -> it.getSpec().getVolumeName() == null
                        && !it.getMetadata().getAnnotations().containsKey(SELECTED_NODE))
                .filter(this::waitsForNode)
                .forEach(it -> client.resource(it)
                        .patch(
                                PatchContext.of(PatchType.JSON_MERGE),
                                "{\"metadata\": {\"annotations\": {\"" + SELECTED_NODE + "\": \"" + node + "\"}}}"));
    }

    private boolean waitsForNode(PersistentVolumeClaim claim) {
        var storageClass = client.storage()
                .v1()
                .storageClasses()
                .withName(claim.getSpec().getStorageClassName())
                .get();
        return storageClass != null && "WaitForFirstConsumer".equals(storageClass.getVolumeBindingMode());
    }

    /** Makes no volume for these claims until what is returned is run. */
    Runnable hold(Predicate<PersistentVolumeClaim> which) {
        held.add(which);
        return () -> {
            held.remove(which);
            claims.getStore().list().forEach(this::make);
        };
    }

    private void make(PersistentVolumeClaim claim) {
        var meta = claim.getMetadata();
        if (meta.getDeletionTimestamp() != null
                || claim.getSpec().getVolumeName() != null
                || !ControlPlane.STORAGE_CLASS.equals(claim.getSpec().getStorageClassName())
                || held.stream().anyMatch(which -> which.test(claim))
                || !made.add(meta.getUid())) {
            return;
        }
        content.make(meta.getUid(), meta.getName());
        var volume = new PersistentVolumeBuilder()
                .withNewMetadata()
                .withName("pvc-" + meta.getUid())
                .addToAnnotations("pv.kubernetes.io/provisioned-by", ControlPlane.STORAGE)
                .endMetadata()
                .withNewSpec()
                .withCapacity(claim.getSpec().getResources().getRequests())
                .withAccessModes(claim.getSpec().getAccessModes())
                .withPersistentVolumeReclaimPolicy("Delete")
                .withStorageClassName(claim.getSpec().getStorageClassName())
                .withClaimRef(new ObjectReferenceBuilder()
                        .withKind("PersistentVolumeClaim")
                        .withNamespace(meta.getNamespace())
                        .withName(meta.getName())
                        .withUid(meta.getUid())
                        .build())
                .withNewCsi()
                .withDriver(ControlPlane.STORAGE)
                .withVolumeHandle(meta.getUid())
                .endCsi()
                .endSpec()
                .build();
        threads.execute(() -> client.resource(volume).create());
    }

    private void release(PersistentVolume volume) {
        if (volume.getStatus() != null
                && "Released".equals(volume.getStatus().getPhase())
                && volume.getMetadata().getDeletionTimestamp() == null) {
            content.remove(volume.getSpec().getClaimRef().getUid());
            threads.execute(() -> delete(volume));
        }
    }

    private void delete(PersistentVolume volume) {
        try {
            client.resource(volume).delete();
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
                throw e;
            }
        }
    }

    @Override
    public void close() {
        claims.close();
        volumes.close();
    }
}
