package dev.hearth.pod.build;

import dev.hearth.agent.CopyRequest;
import dev.hearth.api.IsolationForm;
import dev.hearth.core.buildcache.CacheMount;
import dev.hearth.pod.AgentContainer;
import dev.hearth.pod.ContainerParts;
import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.PodVolumes;
import io.fabric8.kubernetes.api.model.Container;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The init container that copies a generation from another volume to the cache volume before the daemon starts. Only
 * this container mounts the other volume, so no step of the run can read it. Its rights are limited to files of any
 * owner.
 */
record CopyContainer(String image, Duration limit, IsolationForm isolation) {

    Container build(CacheMount cache) {
        var from = Objects.requireNonNull(cache.seed().claim(), "a seed of mode Copy names a claim");
        return AgentContainer.of(
                        "copy",
                        image,
                        "copy",
                        new CopyRequest(cache.claim(), DaemonContainer.seed(cache.seed()), limit.toSeconds()))
                .withSecurityContext(ContainerParts.unprivileged()
                        .withRunAsUser(0L)
                        .withRunAsGroup(0L)
                        .editCapabilities()
                        .withAdd(capabilities())
                        .endCapabilities()
                        .build())
                .withResources(ContainerResources.COPY.resources())
                .withVolumeMounts(
                        PodVolumes.writable(BuildPod.CACHE, DaemonContainer.VOLUMES + "/" + cache.claim()),
                        PodVolumes.readOnly(from, DaemonContainer.VOLUMES + "/" + from))
                .build();
    }

    /** Overlay attributes that a privileged daemon has written can be read with SYS_ADMIN only. */
    private List<String> capabilities() {
        var capabilities = new ArrayList<>(List.of("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "SETFCAP"));
        if (isolation == IsolationForm.Privileged) {
            capabilities.add("SYS_ADMIN");
        }
        return capabilities;
    }
}
