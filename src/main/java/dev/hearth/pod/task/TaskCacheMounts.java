package dev.hearth.pod.task;

import dev.hearth.api.OperatingSystem;
import dev.hearth.core.taskcache.TaskCachePlan;
import dev.hearth.core.taskcache.TaskCacheUse;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.pod.PodParts;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.AffinityBuilder;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The directories of a task's pod: the task sees its own alone, at their paths; the container that fills them sees the
 * volume of its scope, and those of others read-only.
 *
 * @param scope that the pod belongs to
 * @param image of the container that fills them
 */
public record TaskCacheMounts(OperatingSystem os, String scope, String image, TaskCachePlan plan) {
    /** The container that fills them. */
    public static final String CONTAINER = "cache";

    /** Volume of the scope. */
    static final String OWN = "cache-own";
    /** Volume that says how far the pod is. */
    static final String STATE = "cache-state";

    private static final String READ = "cache-read-";

    List<VolumeMount> mounts() {
        return plan.use().caches().stream()
                .map(given -> PodParts.part(OWN, given.path(), given.folder(), false))
                .toList();
    }

    List<Volume> volumes() {
        var volumes = new ArrayList<>(
                List.of(PodParts.claim(OWN, plan.use().claim()), PodParts.empty(STATE, PodParts.SMALL)));
        var others = others();
        for (int at = 0; at < others.size(); at++) {
            volumes.add(PodParts.claim(READ + at, others.get(at)));
        }
        return volumes;
    }

    Container container(@Nullable SecurityContext security) {
        var read = others();
        var mounts = new ArrayList<VolumeMount>();
        for (int at = 0; at < read.size(); at++) {
            mounts.add(PodParts.readOnly(READ + at, folder(READ + at)));
        }
        return new TaskCacheContainer(os, image, plan, security).build(mounts, this::source);
    }

    /** Notes what was planned on the pod. */
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

    /** A disk that one node at a time can have should be where its other pods are. */
    Affinity affinity() {
        return new AffinityBuilder()
                .withNewPodAffinity()
                .addNewPreferredDuringSchedulingIgnoredDuringExecution()
                .withWeight(100)
                .withNewPodAffinityTerm()
                .withTopologyKey("kubernetes.io/hostname")
                .withNewLabelSelector()
                .addToMatchLabels(ObjectLabels.SCOPE, scope)
                .endLabelSelector()
                .endPodAffinityTerm()
                .endPreferredDuringSchedulingIgnoredDuringExecution()
                .endPodAffinity()
                .build();
    }

    private List<String> others() {
        return plan.use().origins().stream()
                .map(TaskCacheUse.Origin::claim)
                .filter(claim -> !claim.equals(plan.use().claim()))
                .distinct()
                .sorted()
                .toList();
    }

    /** Where the container finds what a directory starts from; empty where it starts with nothing. */
    private String source(TaskCacheUse.Given given) {
        return Stream.ofNullable(given.origin())
                .map(origin -> {
                    var at = others().indexOf(origin.claim());
                    return folder(at < 0 ? "own" : READ + at) + "/" + origin.folder();
                })
                .map(path -> os == OperatingSystem.Windows ? path.replace('/', '\\') : path)
                .findFirst()
                .orElse("");
    }

    private String folder(String name) {
        return TaskCacheContainer.folder(os, name);
    }
}
