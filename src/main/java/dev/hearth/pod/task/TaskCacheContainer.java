package dev.hearth.pod.task;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.hearth.api.OperatingSystem;
import dev.hearth.buildkit.ContainerScript;
import dev.hearth.core.taskcache.TaskCachePlan;
import dev.hearth.core.taskcache.TaskCacheUse;
import dev.hearth.pod.ContainerParts;
import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.PodVolumes;
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
 * The sidecar of a task pod that restores the task's caches before the command starts, and measures them after it has
 * ended. Its startup probe delays the command. A cache that it cannot restore starts empty and never fails the task.
 *
 * @param image image with bash, coreutils and grep, or with PowerShell 7 for Windows
 * @param security security context; null for Windows
 */
record TaskCacheContainer(
        OperatingSystem os,
        String image,
        TaskCachePlan plan,
        @Nullable SecurityContext security) {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build();

    /** Time for removing old folders, in addition to that for the copies. */
    private static final int REMOVAL_SECONDS = 300;

    /**
     * Returns the container.
     *
     * @param read mounts of volumes of other cache scopes
     * @param source path from which a cache is copied, or an empty string if it starts empty
     */
    Container build(List<VolumeMount> read, Function<TaskCacheUse.Given, String> source) {
        var mounts = new ArrayList<>(List.of(
                PodVolumes.writable(TaskCacheMounts.OWN, folder(os, "own")),
                PodVolumes.writable(TaskCacheMounts.STATE, folder(os, "state"))));
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
                        .withCommand(
                                "/bin/bash",
                                "-c",
                                ContainerParts.literal(ContainerScript.TASK_CACHE_LINUX.text()),
                                TaskCacheMounts.CONTAINER)
                        .addAllToCommand(arguments(source))
                        .build();
            case Windows ->
                container
                        .withCommand("pwsh", "-NoLogo", "-NoProfile", "-NonInteractive", "-Command")
                        .addToCommand(ContainerParts.literal(ContainerScript.TASK_CACHE_WINDOWS.text()))
                        .withEnv(ContainerParts.environment(Map.of("HEARTH_CACHE", json(source))))
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
        return plan.patience().toSeconds() + REMOVAL_SECONDS;
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
            throw new IllegalStateException("cannot write strings and numbers as JSON", e);
        }
    }
}
