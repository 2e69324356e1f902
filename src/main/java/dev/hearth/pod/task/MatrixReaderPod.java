package dev.hearth.pod.task;

import dev.hearth.agent.ReadFileRequest;
import dev.hearth.pod.AgentContainer;
import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.PodFrame;
import dev.hearth.pod.PodVolumes;
import io.fabric8.kubernetes.api.model.Pod;

/**
 * Builds the pod that prints a file of an artifact to its log, because only a pod can mount the artifact.
 *
 * @param image image of the agent
 */
public record MatrixReaderPod(PodFrame frame, String image) {
    public static final String CONTAINER = "list";

    /**
     * Returns the pod that prints a file.
     *
     * @param folder path at which the pod mounts the artifact
     * @param file path of the file in the artifact
     * @param most number of bytes to print at most
     */
    public Pod build(ArtifactParts artifact, String folder, String file, int most) {
        var container = AgentContainer.of(CONTAINER, image, "read-file", new ReadFileRequest(folder, file, most))
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withSecurityContext(TaskSecurity.own())
                .withResources(ContainerResources.SCRIPT.withDisk(PodVolumes.disk(artifact.volumes())))
                .withVolumeMounts(artifact.mounts())
                .build();
        return frame.pod(spec -> spec.withTerminationGracePeriodSeconds(0L)
                .withNewSecurityContext()
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile()
                .endSecurityContext()
                .withVolumes(artifact.volumes())
                .withImagePullSecrets(artifact.pullSecrets())
                .withInitContainers(artifact.initContainers())
                .withContainers(container));
    }
}
