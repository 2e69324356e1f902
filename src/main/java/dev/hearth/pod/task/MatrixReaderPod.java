package dev.hearth.pod.task;

import dev.hearth.pod.ContainerParts;
import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.PodFrame;
import dev.hearth.pod.PodVolumes;
import io.fabric8.kubernetes.api.model.Pod;

/** Builds the pod that prints a file of an artifact to its log, because only a pod can mount the artifact. */
public record MatrixReaderPod(PodFrame frame, String toolsImage) {
    public static final String CONTAINER = "list";

    /**
     * Returns the pod that prints a file.
     *
     * @param path path of the file in the pod
     * @param most number of bytes to print at most
     */
    public Pod build(ArtifactParts artifact, String path, int most) {
        return frame.pod(spec -> spec.withTerminationGracePeriodSeconds(0L)
                .withNewSecurityContext()
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile()
                .endSecurityContext()
                .withVolumes(artifact.volumes())
                .withImagePullSecrets(artifact.pullSecrets())
                .withInitContainers(artifact.initContainers())
                .addNewContainer()
                .withName(CONTAINER)
                .withImage(toolsImage)
                .withCommand("head", "-c", String.valueOf(most), ContainerParts.literal(path))
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withSecurityContext(TaskSecurity.own())
                .withResources(ContainerResources.SCRIPT.withDisk(PodVolumes.disk(artifact.volumes())))
                .withVolumeMounts(artifact.mounts())
                .endContainer());
    }
}
