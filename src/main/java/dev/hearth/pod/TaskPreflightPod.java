package dev.hearth.pod;

import dev.hearth.core.plan.Names;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Duration;
import java.util.Map;

/**
 * The pod that tries whether pods of tasks can have a user namespace of their own. It complies with Pod Security level
 * restricted, so that a namespace that admits tasks admits it too.
 *
 * @param image with a shell
 * @param owner with which it is collected if it is not removed before
 * @param timeLimit after which the kubelet ends it
 */
public record TaskPreflightPod(String namespace, String image, OwnerReference owner, Duration timeLimit) {
    private static final String FOLDER = "/workspace";

    /** A runtime that does not know the field runs the pod with the users of the node. */
    private static final String SCRIPT = """
            read -r _ outside _ </proc/self/uid_map
            [ "$outside" != 0 ] || { echo "root of the pod is root of the node: hostUsers was ignored" >&2; exit 1; }
            echo written >"$0/file"
            """;

    public Pod pod() {
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(Names.taskPreflight())
                .withLabels(Map.of(Labels.MANAGED_BY, Labels.HEARTH))
                .withOwnerReferences(owner)
                .endMetadata()
                .withNewSpec()
                .withRestartPolicy("Never")
                .withAutomountServiceAccountToken(false)
                .withEnableServiceLinks(false)
                .withHostUsers(false)
                .withActiveDeadlineSeconds(Math.max(1, timeLimit.toSeconds()))
                .withTerminationGracePeriodSeconds(1L)
                .withNodeSelector(Map.of("kubernetes.io/os", "linux"))
                .withNewSecurityContext()
                .withFsGroup(TaskSecurity.USER)
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile()
                .endSecurityContext()
                .addNewContainer()
                .withName(PreflightPod.CHECK)
                .withImage(image)
                .withCommand("sh", "-euc", Parts.literal(SCRIPT), FOLDER)
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withSecurityContext(TaskSecurity.own())
                .withResources(Footprint.SCRIPT.resources())
                .withVolumeMounts(Parts.writable("workspace", FOLDER))
                .endContainer()
                .withVolumes(Parts.empty("workspace", Parts.SMALL))
                .endSpec()
                .build();
    }
}
