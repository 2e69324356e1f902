package dev.hearth.pod.task;

import dev.hearth.agent.TaskCacheRequest;
import dev.hearth.api.OperatingSystem;
import dev.hearth.core.taskcache.TaskCachePlan;
import dev.hearth.core.taskcache.TaskCacheUse;
import dev.hearth.pod.AgentContainer;
import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.PodVolumes;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The sidecar of a task pod that restores the task's caches before the command starts, and measures them after it has
 * ended. Its startup probe delays the command. A cache that it cannot restore starts empty and never fails the task. While the
 * command runs, or before it if the volume is nearly full, it removes outdated caches, and in some pods artifacts.
 *
 * @param image image with the agent for the operating system
 * @param kept what stays of the artifacts on the volume; null if the container removes none
 * @param security security context; null for Windows
 */
record TaskCacheContainer(
        OperatingSystem os,
        String image,
        TaskCachePlan plan,
        TaskCacheRequest.@Nullable Kept kept,
        @Nullable SecurityContext security) {
    /** Time for removing old folders, in addition to that for the copies. */
    private static final int REMOVAL_SECONDS = 300;

    /**
     * Returns the container.
     *
     * @param read mounts of volumes of other cache scopes
     * @param source path from which a cache is copied; empty if it starts empty
     */
    Container build(List<VolumeMount> read, Function<TaskCacheUse.Given, Optional<String>> source) {
        var mounts = new ArrayList<>(List.of(
                PodVolumes.writable(plan.use().claim(), folder(os, "own")),
                PodVolumes.writable(TaskCacheMounts.STATE, folder(os, "state"))));
        mounts.addAll(read);
        return AgentContainer.of(TaskCacheMounts.CONTAINER, image, "task-cache", request(source))
                .withRestartPolicy("Always")
                .withSecurityContext(security)
                .withResources(ContainerResources.COPY.resources())
                .withVolumeMounts(mounts)
                .withNewStartupProbe()
                .withPeriodSeconds(1)
                .withTimeoutSeconds(10)
                .withFailureThreshold((int) seconds())
                .withNewExec()
                .withCommand(AgentContainer.command("task-cache-ready"))
                .endExec()
                .endStartupProbe()
                .build();
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

    private TaskCacheRequest request(Function<TaskCacheUse.Given, Optional<String>> source) {
        return new TaskCacheRequest(
                plan.limit().toSeconds(),
                plan.use().caches().stream()
                        .map(given -> new TaskCacheRequest.Cache(
                                given.key(), given.work(), source.apply(given).orElse(null)))
                        .toList(),
                plan.use().remove(),
                plan.known(),
                kept);
    }
}
