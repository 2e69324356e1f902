package dev.hearth.chaos;

import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.net.HttpURLConnection;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;

/** Plays a storage driver: makes a volume for each claim, and removes it once Kubernetes has released it. */
final class FakeStorage implements AutoCloseable {
    private final KubernetesClient client;
    private final VolumeModel volumes;
    private final ExecutorService threads;
    private final Set<String> made = ConcurrentHashMap.newKeySet();
    private final SharedIndexInformer<PersistentVolumeClaim> claims;
    private final SharedIndexInformer<PersistentVolume> released;

    FakeStorage(KubernetesClient client, VolumeModel volumes, ExecutorService threads) {
        this.client = client;
        this.volumes = volumes;
        this.threads = threads;
        this.claims = client.persistentVolumeClaims().inAnyNamespace().inform(new Each<>(this::make));
        this.released = client.persistentVolumes().inform(new Each<>(this::release));
    }

    /** Uid of a claim that has its volume and is not being deleted. */
    Optional<String> bound(String namespace, String claim) {
        return claims.getStore().list().stream()
                .filter(it -> it.getMetadata().getNamespace().equals(namespace)
                        && it.getMetadata().getName().equals(claim))
                .filter(it -> it.getMetadata().getDeletionTimestamp() == null
                        && it.getStatus() != null
                        && "Bound".equals(it.getStatus().getPhase()))
                .map(it -> it.getMetadata().getUid())
                .findFirst();
    }

    private void make(PersistentVolumeClaim claim) {
        var meta = claim.getMetadata();
        if (meta.getDeletionTimestamp() != null
                || claim.getSpec().getVolumeName() != null
                || !made.add(meta.getUid())) {
            return;
        }
        volumes.make(meta.getUid(), meta.getName());
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
            volumes.remove(volume.getSpec().getClaimRef().getUid());
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
        released.close();
    }

    /** Whatever is new or has changed. */
    record Each<T>(Consumer<T> look) implements ResourceEventHandler<T> {
        @Override
        public void onAdd(T added) {
            look.accept(added);
        }

        @Override
        public void onUpdate(T before, T now) {
            look.accept(now);
        }

        @Override
        public void onDelete(T deleted, boolean finalStateUnknown) {
            // what is gone needs nothing
        }
    }
}
