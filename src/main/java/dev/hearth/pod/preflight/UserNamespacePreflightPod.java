package dev.hearth.pod.preflight;

import dev.hearth.core.plan.Names;
import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.pod.PodParts;
import dev.hearth.pod.task.TaskSecurity;
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
public record UserNamespacePreflightPod(String namespace, String image, OwnerReference owner, Duration timeLimit) {
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
                .withName(Names.userNamespacePreflight())
                .withLabels(Map.of(ObjectLabels.MANAGED_BY, ObjectLabels.HEARTH))
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
                .withName(IsolationPreflightPod.CHECK)
                .withImage(image)
                .withCommand("sh", "-euc", PodParts.literal(SCRIPT), FOLDER)
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withSecurityContext(TaskSecurity.own())
                .withResources(ContainerResources.SCRIPT.resources())
                .withVolumeMounts(PodParts.writable("workspace", FOLDER))
                .endContainer()
                .withVolumes(PodParts.empty("workspace", PodParts.SMALL))
                .endSpec()
                .build();
    }
}
