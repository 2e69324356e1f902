package dev.hearth.pod;

import dev.hearth.core.run.ArtifactMount;
import dev.hearth.core.run.BuildResult;
import dev.hearth.core.run.Observation;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Optional;

/** The pod that prints one file of an artifact, which nobody but a pod can read. Its log is the file. */
public record ListPod(PodFrame frame, String toolsImage) {
    public static final String CONTAINER = "list";

    /**
     * Prints the file.
     *
     * @param most bytes of it
     */
    public Pod of(ArtifactMount artifact, String file, int most) {
        var part = ArtifactPart.of(artifact);
        return frame.pod(spec -> spec.withTerminationGracePeriodSeconds(0L)
                .withNewSecurityContext()
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile()
                .endSecurityContext()
                .withVolumes(part.volume())
                .addNewContainer()
                .withName(CONTAINER)
                .withImage(toolsImage)
                .withCommand(
                        "head", "-c", String.valueOf(most), Parts.literal("/artifacts/" + artifact.path() + "/" + file))
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withSecurityContext(TaskSecurity.own())
                .withVolumeMounts(part.mount())
                .endContainer());
    }

    /** How far it is. */
    public static Observation.OfPod read(Pod pod, PodReader reader) {
        return reader.build(pod, CONTAINER, _ -> Optional.<BuildResult>empty());
    }
}
