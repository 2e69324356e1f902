package dev.hearth.testbed;

import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.storage.StorageClassBuilder;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * Volumes on file systems in the node's memory, of a storage class named after the test's namespace: such as really end where
 * they say, or such as share what is under them. What the cluster's own storage class makes has no limit at all. The kubelet
 * gives their files to the group of a pod that has one, as it does with most storage of a cloud.
 */
public final class SmallDisks implements AutoCloseable {
    private final TestNamespace work;
    private final Pod mounter;
    private final int count;

    private SmallDisks(TestNamespace work, Pod mounter, int count) {
        this.work = work;
        this.mounter = mounter;
        this.count = count;
    }

    /** Makes some, each of so many MiB. */
    public static SmallDisks of(TestNamespace work, int count, int mebibytes) {
        var mount =
                "for disk in $(seq %d); do mkdir -p /disks/$disk && mount -t tmpfs -o size=%dm,mode=0777 disk /disks/$disk; done"
                        .formatted(count, mebibytes);
        return make(work, count, mebibytes, mount, "for disk in /disks/*; do umount $disk; rmdir $disk; done");
    }

    /**
     * Makes some that share one file system: their sizes are promises that nothing keeps.
     *
     * @param mebibytes that each promises
     * @param shared size of the file system in MiB
     */
    public static SmallDisks sharing(TestNamespace work, int count, int mebibytes, int shared) {
        var mount = "mount -t tmpfs -o size=%dm,mode=0777 disk /disks; mkdir -m 0777 $(seq -f /disks/%%g %d)"
                .formatted(shared, count);
        return make(work, count, mebibytes, mount, "umount /disks");
    }

    private static SmallDisks make(TestNamespace work, int count, int mebibytes, String mount, String unmount) {
        var client = work.client();
        var folder = "/var/lib/" + work.namespace();
        client.resource(new StorageClassBuilder()
                        .withNewMetadata()
                        .withName(work.namespace())
                        .endMetadata()
                        .withProvisioner("kubernetes.io/no-provisioner")
                        .build())
                .create();
        var mounter = client.resource(mounter(work, folder, mount, unmount)).create();
        client.resource(mounter).waitUntilReady(1, TimeUnit.MINUTES);
        for (int disk = 1; disk <= count; disk++) {
            client.resource(new PersistentVolumeBuilder()
                            .withNewMetadata()
                            .withName(name(work, disk))
                            .endMetadata()
                            .withNewSpec()
                            .withStorageClassName(work.namespace())
                            .withAccessModes("ReadWriteOnce")
                            .withCapacity(Map.of("storage", new Quantity(mebibytes + "Mi")))
                            .withPersistentVolumeReclaimPolicy("Retain")
                            .withNewLocal(null, folder + "/" + disk)
                            .withNewNodeAffinity()
                            .withNewRequired()
                            .addNewNodeSelectorTerm()
                            .addNewMatchExpression()
                            .withKey("kubernetes.io/hostname")
                            .withOperator("Exists")
                            .endMatchExpression()
                            .endNodeSelectorTerm()
                            .endRequired()
                            .endNodeAffinity()
                            .endSpec()
                            .build())
                    .create();
        }
        return new SmallDisks(work, mounter, count);
    }

    /** The mounts are made on the node, and taken away when the pod ends. */
    private static Pod mounter(TestNamespace work, String folder, String mount, String unmount) {
        var script = mount + "; trap '" + unmount + "; exit' TERM; touch /ready; sleep 3600 & wait";
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace(work.namespace())
                .withName("disks")
                .endMetadata()
                .withNewSpec()
                .withRestartPolicy("Never")
                .addNewContainer()
                .withName("disks")
                .withImage("debian:bookworm-slim")
                .withCommand("sh", "-ec", script)
                .withNewSecurityContext()
                .withPrivileged(true)
                .endSecurityContext()
                .withNewReadinessProbe()
                .withNewExec()
                .withCommand("test", "-e", "/ready")
                .endExec()
                .withPeriodSeconds(1)
                .endReadinessProbe()
                .addNewVolumeMount()
                .withName("disks")
                .withMountPath("/disks")
                .withMountPropagation("Bidirectional")
                .endVolumeMount()
                .endContainer()
                .addNewVolume()
                .withName("disks")
                .withNewHostPath(folder, "DirectoryOrCreate")
                .endVolume()
                .endSpec()
                .build();
    }

    private static String name(TestNamespace work, int disk) {
        return work.namespace() + "-" + disk;
    }

    @Override
    public void close() {
        var client = work.client();
        client.resource(mounter).delete();
        List<String> volumes = IntStream.rangeClosed(1, count)
                .mapToObj(disk -> name(work, disk))
                .toList();
        volumes.forEach(volume -> client.persistentVolumes().withName(volume).delete());
        client.storage().v1().storageClasses().withName(work.namespace()).delete();
    }
}
