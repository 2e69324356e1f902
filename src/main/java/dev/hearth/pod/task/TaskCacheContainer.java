package dev.hearth.pod.task;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.hearth.api.OperatingSystem;
import dev.hearth.core.taskcache.TaskCachePlan;
import dev.hearth.core.taskcache.TaskCacheUse;
import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.PodParts;
import dev.hearth.pod.ScriptResources;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A sidecar of a task's pod that fills the task's directories before the task begins, and measures them once it has ended:
 * its startup probe holds the task back. What it does not manage makes no task fail, it starts with nothing instead.
 *
 * @param image with bash, coreutils and grep; for Windows with PowerShell 7
 * @param security null for Windows
 */
record TaskCacheContainer(
        OperatingSystem os,
        String image,
        TaskCachePlan plan,
        @Nullable SecurityContext security) {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build();
    private static final String SHELL = ScriptResources.text("cache.sh");
    private static final String POWERSHELL = ScriptResources.text("cache.ps1");

    /** Besides the copies, of which one may be tried twice: to remove what is in the way. */
    private static final int SLACK_SECONDS = 300;

    /**
     * Makes it.
     *
     * @param read mounts of others' volumes
     * @param source where it finds what a directory starts from, or an empty text
     */
    Container build(List<VolumeMount> read, Function<TaskCacheUse.Given, String> source) {
        var mounts = new ArrayList<>(List.of(
                PodParts.writable(TaskCacheMounts.OWN, folder(os, "own")),
                PodParts.writable(TaskCacheMounts.STATE, folder(os, "state"))));
        mounts.addAll(read);
        var container = new ContainerBuilder()
                .withName(TaskCacheMounts.CONTAINER)
                .withImage(image)
                .withRestartPolicy("Always")
                .withSecurityContext(security)
                .withResources(ContainerResources.COPY.resources())
                .withVolumeMounts(mounts)
                .withNewStartupProbe()
                .withPeriodSeconds(1)
                .withTimeoutSeconds(10)
                .withFailureThreshold((int) seconds())
                .withNewExec()
                .withCommand(
                        switch (os) {
                            case Linux -> List.of("test", "-e", "/hearth/state/ready");
                            case Windows -> List.of("cmd", "/c", "if not exist C:\\hearth\\state\\ready exit 1");
                        })
                .endExec()
                .endStartupProbe();
        return switch (os) {
            case Linux ->
                container
                        .withCommand("/bin/bash", "-c", PodParts.literal(SHELL), TaskCacheMounts.CONTAINER)
                        .addAllToCommand(arguments(source))
                        .build();
            case Windows ->
                container
                        .withCommand("pwsh", "-NoLogo", "-NoProfile", "-NonInteractive", "-Command")
                        .addToCommand(PodParts.literal(POWERSHELL))
                        .withEnv(PodParts.environment(Map.of("HEARTH_CACHE", json(source))))
                        .build();
        };
    }

    static String folder(OperatingSystem os, String name) {
        return switch (os) {
            case Linux -> "/hearth/" + name;
            case Windows -> "C:\\hearth\\" + name;
        };
    }

    private long seconds() {
        return plan.patience().toSeconds() + SLACK_SECONDS;
    }

    private List<String> arguments(Function<TaskCacheUse.Given, String> source) {
        var arguments = new ArrayList<>(List.of(String.valueOf(plan.limit().toSeconds())));
        plan.use()
                .caches()
                .forEach(given -> arguments.addAll(List.of("cache", given.key(), given.work(), source.apply(given))));
        plan.use().remove().forEach(folder -> arguments.addAll(List.of("remove", folder)));
        plan.known().forEach(folder -> arguments.addAll(List.of("known", folder)));
        return arguments;
    }

    private String json(Function<TaskCacheUse.Given, String> source) {
        try {
            return JSON.writeValueAsString(Map.of(
                    "seconds",
                    plan.limit().toSeconds(),
                    "caches",
                    plan.use().caches().stream()
                            .map(given ->
                                    Map.of("key", given.key(), "work", given.work(), "source", source.apply(given)))
                            .toList(),
                    "remove",
                    plan.use().remove(),
                    "known",
                    plan.known()));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("texts and numbers can be written", e);
        }
    }
}
