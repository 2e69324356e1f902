package dev.hearth.pod;

import dev.hearth.api.TaskSpec;
import dev.hearth.core.plan.Names;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The pod of a task. Complies with Pod Security level restricted: the command is somebody else's code and gets nothing
 * but its image, its artifacts and an empty directory to write to.
 */
public record TaskPod(PodFrame frame, String ref, String commit) {
    /** The one container of the pod. */
    public static final String CONTAINER = "task";

    /** Any user but root; most images run as root unless told otherwise, which restricted does not allow. */
    private static final long USER = 1000;

    private static final String WORKSPACE = "/workspace";

    public Pod of(TaskSpec task) {
        var mounts = new ArrayList<VolumeMount>();
        mounts.add(Parts.writable("workspace", WORKSPACE));
        for (String artifact : task.artifacts()) {
            mounts.add(Parts.part("artifacts", "/artifacts/" + artifact, artifact, true));
        }
        return frame.pod(spec -> spec.withNewSecurityContext()
                .withRunAsNonRoot(true)
                .withRunAsUser(USER)
                .withRunAsGroup(USER)
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile()
                .endSecurityContext()
                .withVolumes(volumes(task))
                .addNewContainer()
                .withName(CONTAINER)
                .withImage(task.image())
                .withCommand(task.command())
                .withWorkingDir(WORKSPACE)
                .withEnv(environment(task))
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withNewSecurityContext()
                .withAllowPrivilegeEscalation(false)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .endSecurityContext()
                .withVolumeMounts(mounts)
                .endContainer());
    }

    private List<Volume> volumes(TaskSpec task) {
        var volumes = new ArrayList<Volume>();
        volumes.add(Parts.empty("workspace"));
        if (!task.artifacts().isEmpty()) {
            volumes.add(Parts.claim("artifacts", Names.artifacts(frame.run())));
        }
        return volumes;
    }

    /** What the task asks for wins over what Hearth tells it. */
    private List<EnvVar> environment(TaskSpec task) {
        var env = new TreeMap<>(Map.of(
                "CI",
                "true",
                "HOME",
                WORKSPACE,
                "HEARTH_RUN",
                frame.run(),
                "HEARTH_REF",
                ref,
                "HEARTH_COMMIT",
                commit));
        env.putAll(task.env());
        // A dollar is doubled so that Kubernetes does not expand $(NAME) in what the user wrote.
        return env.entrySet().stream()
                .map(entry -> new EnvVarBuilder()
                        .withName(entry.getKey())
                        .withValue(entry.getValue().replace("$(", "$$("))
                        .build())
                .toList();
    }
}
