package dev.hearth.testbed;

import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Looks at the files of a claim as the node's administrator does, by the path on the node: whatever Hearth or its admission
 * policy allow. For volumes that are folders of a node, as those of the test clusters are.
 */
public final class VolumeFiles implements AutoCloseable {
    private final TestNamespace work;
    private final String pod;

    private VolumeFiles(TestNamespace work, String pod) {
        this.work = work;
        this.pod = pod;
    }

    public static VolumeFiles of(TestNamespace work, String claim) {
        var client = work.client();
        var bound = client.persistentVolumeClaims()
                .inNamespace(work.namespace())
                .withName(claim)
                .get();
        var volume = client.persistentVolumes()
                .withName(bound.getSpec().getVolumeName())
                .get();
        var created = client.resource(new PodBuilder()
                        .withNewMetadata()
                        .withGenerateName("files-")
                        .withNamespace(work.namespace())
                        .endMetadata()
                        .withNewSpec()
                        .withRestartPolicy("Never")
                        .withTerminationGracePeriodSeconds(0L)
                        .addNewContainer()
                        .withName("shell")
                        .withImage("debian:bookworm-slim")
                        .withCommand("sleep", "3600")
                        .addNewVolumeMount()
                        .withName("files")
                        .withMountPath("/files")
                        .endVolumeMount()
                        .endContainer()
                        .addNewVolume()
                        .withName("files")
                        .withNewHostPath(path(volume), "Directory")
                        .endVolume()
                        .endSpec()
                        .build())
                .create();
        var name = created.getMetadata().getName();
        client.pods().inNamespace(work.namespace()).withName(name).waitUntilReady(1, TimeUnit.MINUTES);
        return new VolumeFiles(work, name);
    }

    /** One hash over names, modes, owners, link targets and bytes of all files below the folders. */
    public String hash(String... folders) {
        return shell("find " + String.join(" ", List.of(folders))
                + " -printf '%p %y %m %U %G %l\\n' | sort >/tmp/names; find " + String.join(" ", List.of(folders))
                + " -type f -print0 | sort -z | xargs -0r sha256sum | cat - /tmp/names | sha256sum");
    }

    /** What a script prints that runs in the volume; fails if the script does. */
    public String shell(String script) {
        var out = new ByteArrayOutputStream();
        try (var exec = work.client()
                .pods()
                .inNamespace(work.namespace())
                .withName(pod)
                .writingOutput(out)
                .writingError(out)
                .exec("sh", "-euc", "cd /files; " + script)) {
            var code = exec.exitCode().get(1, TimeUnit.MINUTES);
            var said = out.toString(StandardCharsets.UTF_8);
            if (code != 0) {
                throw new IllegalStateException(script + " exited with " + code + ": " + said);
            }
            return said.strip();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
            throw new IllegalStateException(script, e);
        }
    }

    private static String path(PersistentVolume volume) {
        return Optional.ofNullable(volume.getSpec().getHostPath())
                .map(it -> it.getPath())
                .or(() -> Optional.ofNullable(volume.getSpec().getLocal()).map(it -> it.getPath()))
                .orElseThrow(() -> new IllegalStateException("volume is no folder of a node"));
    }

    @Override
    public void close() {
        work.client().pods().inNamespace(work.namespace()).withName(pod).delete();
    }
}
