package dev.hearth.pod.task;

import dev.hearth.agent.TaskCacheRequest;
import dev.hearth.api.OperatingSystem;
import dev.hearth.core.taskcache.TaskCachePlan;
import dev.hearth.core.taskcache.TaskCacheUse;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.pod.PodVolumes;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The task caches of a task pod. The command mounts only its own caches, each at its path. The container that restores
 * them mounts the whole volume of the pod's cache scope, and the volumes of other scopes read-only. A pod that removes artifacts
 * has the container too.
 *
 * @param scope cache scope of the pod
 * @param image image of the container that restores the caches
 * @param kept what stays of the artifacts on the volume; null if the pod removes none
 */
public record TaskCacheMounts(
        OperatingSystem os, String scope, String image, TaskCachePlan plan, TaskCacheRequest.@Nullable Kept kept) {
    /** The container that restores the caches. */
    public static final String CONTAINER = "cache";

    /** The volume with the file that tells whether the caches are ready. */
    static final String STATE = "cache-state";

    private static final String READ = "cache-read-";

    List<VolumeMount> mounts() {
        return plan.use().caches().stream()
                .map(given -> PodVolumes.subPath(plan.use().claim(), given.path(), given.folder(), false))
                .toList();
    }

    List<Volume> volumes() {
        var own = plan.use().claim();
        var volumes = new ArrayList<>(List.of(PodVolumes.claim(own, own), PodVolumes.empty(STATE, PodVolumes.SMALL)));
        others().forEach(claim -> volumes.add(PodVolumes.claim(claim, claim)));
        return volumes;
    }

    Container container(@Nullable SecurityContext security) {
        var read = others();
        var mounts = new ArrayList<VolumeMount>();
        for (int at = 0; at < read.size(); at++) {
            mounts.add(PodVolumes.readOnly(read.get(at), folder(READ + at)));
        }
        return new TaskCacheContainer(os, image, plan, kept, security).build(mounts, this::source);
    }

    /** Records the plan in labels and an annotation of the pod. */
    void note(Pod pod) {
        pod.getMetadata()
                .getLabels()
                .putAll(Map.of(
                        ObjectLabels.SCOPE,
                        scope,
                        ObjectLabels.TASK_CACHE,
                        os.name().toLowerCase(Locale.ROOT)));
        pod.getMetadata().getAnnotations().put(ObjectLabels.TASK_CACHES_USED, TaskCacheNote.of(plan.use()));
    }

    private List<String> others() {
        return plan.use().origins().stream()
                .map(TaskCacheUse.Origin::claim)
                .filter(claim -> !claim.equals(plan.use().claim()))
                .distinct()
                .sorted()
                .toList();
    }

    /** Returns the path from which the container copies a cache; empty if the cache starts empty. */
    private Optional<String> source(TaskCacheUse.Given given) {
        return Optional.ofNullable(given.origin())
                .map(origin -> {
                    var at = others().indexOf(origin.claim());
                    return folder(at < 0 ? "own" : READ + at) + "/" + origin.folder();
                })
                .map(path -> os == OperatingSystem.Windows ? path.replace('/', '\\') : path);
    }

    private String folder(String name) {
        return TaskCacheContainer.folder(os, name);
    }
}
