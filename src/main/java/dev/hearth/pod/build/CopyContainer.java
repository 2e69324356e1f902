package dev.hearth.pod.build;

import dev.hearth.api.IsolationForm;
import dev.hearth.buildkit.DaemonScript;
import dev.hearth.core.buildcache.CacheMount;
import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.PodParts;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Copies what a volume starts from, before there is a daemon. It alone sees the other volume: no step of the run is near,
 * and it may do nothing but handle files of any owner.
 */
record CopyContainer(String image, Duration limit, IsolationForm isolation) {

    Container build(CacheMount cache) {
        var seed = cache.seed();
        var from = Objects.requireNonNull(seed.claim(), "a copy is of a volume");
        return new ContainerBuilder()
                .withName("copy")
                .withImage(image)
                .withCommand("/bin/sh", "-c", PodParts.literal(DaemonScript.COPY.text()), "copy")
                .addNewEnv()
                .withName("CLAIM")
                .withValue(cache.claim())
                .endEnv()
                .addNewEnv()
                .withName("SEED_FROM")
                .withValue(from)
                .endEnv()
                .addNewEnv()
                .withName("SEED_ID")
                .withValue(seed.id())
                .endEnv()
                .addNewEnv()
                .withName("SEED_GENERATION")
                .withValue(Objects.toString(seed.generation()))
                .endEnv()
                .addNewEnv()
                .withName("SEED_WITHIN")
                .withValue(String.valueOf(limit.toSeconds()))
                .endEnv()
                .withSecurityContext(PodParts.unprivileged()
                        .withRunAsUser(0L)
                        .withRunAsGroup(0L)
                        .editCapabilities()
                        .withAdd(capabilities())
                        .endCapabilities()
                        .build())
                .withResources(ContainerResources.COPY.resources())
                .withVolumeMounts(
                        PodParts.writable("cache", DaemonContainer.VOLUMES + "/" + cache.claim()),
                        PodParts.readOnly(from, DaemonContainer.VOLUMES + "/" + from))
                .build();
    }

    /** Of a daemon that is root of its node overlays have attributes that only such another sees. */
    private List<String> capabilities() {
        var capabilities = new ArrayList<>(List.of("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "SETFCAP"));
        if (isolation == IsolationForm.Privileged) {
            capabilities.add("SYS_ADMIN");
        }
        return capabilities;
    }
}
