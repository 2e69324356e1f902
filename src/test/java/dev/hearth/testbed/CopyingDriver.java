package dev.hearth.testbed;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.storage.StorageClassBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.testcontainers.k3s.K3sContainer;

/**
 * Stands in for a CSI driver that makes snapshots, since none can be had where the tests run: a storage class of its own
 * whose volumes are folders of the node, and snapshots and volumes made from them that are copies of their files. Objects
 * and states are those of the real APIs, and the files are really copied, so what Hearth does with either is shown.
 *
 * <p>Not shown: that a snapshot is taken at one moment (this one copies file by file, so only while nobody writes), is
 * cheap, and can be used on another node; a driver's own retries; the finalizers by which the cluster's snapshot
 * controller keeps what is in use; how a file system survives being cut off.
 *
 * <p>In a cluster without a node of ours there are no files: only objects and their states.
 */
public final class CopyingDriver implements AutoCloseable {
    /** More than a volume has: drivers round sizes up, and refuse a volume that is smaller than its snapshot. */
    public static final String RESTORE_SIZE = "3Gi";

    private static final String FOLDER = "/var/lib/node/copies/";
    private static final String PROVISIONER = "volume.kubernetes.io/storage-provisioner";

    /** When its volumes are made. */
    public enum Binding {
        /** At once. */
        Immediate,
        /** When a pod that mounts the volume has got its node, as drivers with zones or local disks do. */
        WaitForFirstConsumer
    }

    /** What goes wrong with it. */
    public enum Fault {
        NONE,
        /** Snapshots end in an error. */
        NO_SNAPSHOTS,
        /** Snapshots are made, and volumes from them never. */
        NO_RESTORES
    }

    private final Cluster cluster;
    private final Optional<K3sContainer> node;
    private volatile Fault fault;
    private final String name = "copying-" + UUID.randomUUID().toString().substring(0, 8) + ".example";
    private final SnapshotApi api;
    private final ExecutorService work = Executors.newSingleThreadExecutor();
    private final SharedIndexInformer<PersistentVolumeClaim> claims;
    private final SharedIndexInformer<GenericKubernetesResource> snapshots;

    private CopyingDriver(Cluster cluster, Binding binding, Fault fault) {
        this.cluster = cluster;
        this.node = cluster.node();
        this.fault = fault;
        this.api = new SnapshotApi(cluster.client());
        makeClasses(binding);
        this.claims = cluster.client().persistentVolumeClaims().inAnyNamespace().inform(of(this::provision, _ -> {}));
        this.snapshots = api.snapshots().inAnyNamespace().inform(of(this::take, this::forget));
    }

    public static CopyingDriver start(Cluster cluster, Binding binding, Fault fault) {
        return new CopyingDriver(cluster, binding, fault);
    }

    /** Name of the driver, of its StorageClass and of its VolumeSnapshotClass. */
    public String name() {
        return name;
    }

    /** Has it fail from now on. */
    public void fail(Fault how) {
        fault = how;
    }

    /** Runs a script in the files of a snapshot. */
    public void inSnapshot(String namespace, String snapshot, String script) {
        var folder =
                files(api.snapshots().inNamespace(namespace).withName(snapshot).require());
        run("cd " + folder + "; " + script);
    }

    private PersistentVolume volume(String namespace, String claim) {
        var volume = cluster.client()
                .persistentVolumeClaims()
                .inNamespace(namespace)
                .withName(claim)
                .require()
                .getSpec()
                .getVolumeName();
        return cluster.client().persistentVolumes().withName(volume).require();
    }

    private void makeClasses(Binding binding) {
        cluster.client()
                .resource(new StorageClassBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .withProvisioner(name)
                        .withVolumeBindingMode(binding.name())
                        .build())
                .create();
        api.makeClass(name);
    }

    private void provision(PersistentVolumeClaim claim) {
        var metadata = claim.getMetadata();
        var asked = Optional.ofNullable(metadata.getAnnotations()).map(it -> it.get(PROVISIONER));
        if (!asked.equals(Optional.of(name))
                || claim.getSpec().getVolumeName() != null
                || metadata.getDeletionTimestamp() != null) {
            return;
        }
        var folder = FOLDER + "volume-" + metadata.getUid();
        var size = Objects.requireNonNull(
                claim.getSpec().getResources().getRequests().get("storage"));
        var source = claim.getSpec().getDataSource();
        if (source == null) {
            run("mkdir -p " + folder + " && chmod 0777 " + folder);
        } else {
            var snapshot = api.snapshots()
                    .inNamespace(metadata.getNamespace())
                    .withName(source.getName())
                    .get();
            var refusal = refusal(size, snapshot);
            if (refusal.isPresent()) {
                api.warn(claim, name, "ProvisioningFailed", refusal.get());
                return;
            }
            run("rm -rf " + folder + " && cp -a " + files(snapshot) + " " + folder);
        }
        var volume = new PersistentVolumeBuilder()
                .withNewMetadata()
                .withName("pvc-" + metadata.getUid())
                .addToAnnotations("pv.kubernetes.io/provisioned-by", name)
                .endMetadata()
                .withNewSpec()
                .withStorageClassName(name)
                .withAccessModes(claim.getSpec().getAccessModes())
                .addToCapacity("storage", size)
                .withPersistentVolumeReclaimPolicy("Retain")
                .withNewHostPath(folder, "Directory")
                .withNewClaimRef()
                .withNamespace(metadata.getNamespace())
                .withName(metadata.getName())
                .withUid(metadata.getUid())
                .endClaimRef()
                .endSpec()
                .build();
        cluster.client().resource(volume).create();
    }

    private Optional<String> refusal(Quantity size, GenericKubernetesResource snapshot) {
        if (fault == Fault.NO_RESTORES) {
            return Optional.of("error getting handle for DataSource Type VolumeSnapshot: this driver restores nothing");
        }
        if (snapshot == null || !Boolean.TRUE.equals(snapshot.get("status", "readyToUse"))) {
            return Optional.of("the snapshot does not exist or is not ready");
        }
        var needed = new Quantity(RESTORE_SIZE);
        return size.getNumericalAmount().compareTo(needed.getNumericalAmount()) < 0
                ? Optional.of("requested volume size " + size + " is less than the size " + needed
                        + " for the source snapshot")
                : Optional.empty();
    }

    private void take(GenericKubernetesResource snapshot) {
        if (!name.equals(snapshot.get("spec", "volumeSnapshotClassName"))
                || snapshot.getAdditionalProperties().get("status") != null
                || snapshot.getMetadata().getDeletionTimestamp() != null) {
            return;
        }
        if (fault == Fault.NO_SNAPSHOTS) {
            api.failed(snapshot, "Failed to create snapshot: this driver takes none");
            return;
        }
        String claim = Objects.requireNonNull(snapshot.get("spec", "source", "persistentVolumeClaimName"));
        var volume = volume(snapshot.getMetadata().getNamespace(), claim);
        run("rm -rf " + files(snapshot) + " && cp -a "
                + volume.getSpec().getHostPath().getPath() + " " + files(snapshot));
        api.ready(snapshot, name, volume.getMetadata().getName(), RESTORE_SIZE);
    }

    private void forget(GenericKubernetesResource snapshot) {
        if (name.equals(snapshot.get("spec", "volumeSnapshotClassName"))) {
            api.forget(snapshot);
            run("rm -rf " + files(snapshot));
        }
    }

    private static String files(HasMetadata snapshot) {
        return FOLDER + "snapshot-" + snapshot.getMetadata().getUid();
    }

    private void run(String command) {
        if (node.isEmpty()) {
            return;
        }
        try {
            var result = node.get().execInContainer("sh", "-ec", "mkdir -p " + FOLDER + "; " + command);
            if (result.getExitCode() != 0) {
                throw new IllegalStateException(command + " failed: " + result.getStderr());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** One thing at a time, in a thread of its own: a handler that blocks would hold the watch up. */
    private <T> ResourceEventHandler<T> of(Consumer<T> present, Consumer<T> gone) {
        return new ResourceEventHandler<>() {
            @Override
            public void onAdd(T object) {
                work.execute(() -> tried(present, object));
            }

            @Override
            public void onUpdate(T before, T object) {
                work.execute(() -> tried(present, object));
            }

            @Override
            public void onDelete(T object, boolean unknown) {
                work.execute(() -> tried(gone, object));
            }
        };
    }

    /** What was looked at may be old, or done already. */
    private static <T> void tried(Consumer<T> act, T object) {
        try {
            act.accept(object);
        } catch (KubernetesClientException e) {
            if (e.getCode() != 404 && e.getCode() != 409) {
                throw e;
            }
        }
    }

    @Override
    public void close() {
        claims.close();
        snapshots.close();
        work.shutdownNow();
        api.removeClass(name);
        cluster.client().storage().v1().storageClasses().withName(name).delete();
        cluster.client().persistentVolumes().list().getItems().stream()
                .filter(volume -> name.equals(volume.getSpec().getStorageClassName()))
                .forEach(volume -> cluster.client().resource(volume).delete());
    }
}
