package dev.hearth.pod.preflight;

import dev.hearth.agent.UserNamespacePreflightRequest;
import dev.hearth.core.plan.Names;
import dev.hearth.pod.AgentContainer;
import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.PodVolumes;
import dev.hearth.pod.task.TaskSecurity;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.Map;

/**
 * Builds the pod that finds out whether task pods of a namespace can have user namespaces. It complies with Pod
 * Security level Restricted, so that a namespace that admits tasks admits it too.
 *
 * @param image image of the agent
 * @param owner object with which Kubernetes deletes the pod if the operator does not
 * @param timeLimit time after which the kubelet ends the pod
 */
public record UserNamespacePreflightPod(String namespace, String image, OwnerReference owner, Duration timeLimit) {
    private static final String FOLDER = "/workspace";

    public Pod pod() {
        var frame = new PreflightFrame(namespace, Names.userNamespacePreflight(), owner, timeLimit);
        var container = AgentContainer.of(
                        IsolationPreflightPod.CHECK,
                        image,
                        "user-namespace-preflight",
                        new UserNamespacePreflightRequest(FOLDER))
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withSecurityContext(TaskSecurity.own())
                .withResources(ContainerResources.SCRIPT.resources())
                .withVolumeMounts(PodVolumes.writable("workspace", FOLDER))
                .build();
        return frame.pod(spec -> spec.withHostUsers(false)
                .withNodeSelector(Map.of("kubernetes.io/os", "linux"))
                .withNewSecurityContext()
                .withFsGroup(TaskSecurity.USER)
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile()
                .endSecurityContext()
                .withContainers(container)
                .withVolumes(PodVolumes.empty("workspace", PodVolumes.SMALL)));
    }
}
