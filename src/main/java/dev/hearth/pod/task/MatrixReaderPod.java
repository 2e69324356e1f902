package dev.hearth.pod.task;

import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.PodFrame;
import dev.hearth.pod.PodParts;
import io.fabric8.kubernetes.api.model.Pod;

/** The pod that prints one file of an artifact, which nobody but a pod can read. Its log is the file. */
public record MatrixReaderPod(PodFrame frame, String toolsImage) {
    public static final String CONTAINER = "list";

    /**
     * Prints a file.
     *
     * @param path as the pod has it
     * @param most bytes of it
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
                .withInitContainers(artifact.before())
                .addNewContainer()
                .withName(CONTAINER)
                .withImage(toolsImage)
                .withCommand("head", "-c", String.valueOf(most), PodParts.literal(path))
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withSecurityContext(TaskSecurity.own())
                .withResources(ContainerResources.SCRIPT.with(PodParts.disk(artifact.volumes())))
                .withVolumeMounts(artifact.mounts())
                .endContainer());
    }
}
