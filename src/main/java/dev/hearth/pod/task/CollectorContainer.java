package dev.hearth.pod.task;

import dev.hearth.agent.CollectRequest;
import dev.hearth.core.testreport.ReportGlob;
import dev.hearth.pod.AgentContainer;
import dev.hearth.pod.ContainerResources;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The sidecar of a task pod that collects the task's reports after the command has ended, with or without success. It
 * writes the files to its log and a summary to its termination message. It mounts the task's files read-only, complies
 * with Pod Security level Restricted, and runs as the user of the pod.
 *
 * @param image image with the agent
 * @param junit valid patterns of JUnit reports; they come first, so that size limits affect other files before them
 * @param files valid patterns of other report files
 * @param artifact folder of the task's artifact, whose digest and size the container reports
 */
public record CollectorContainer(
        String image, List<ReportGlob> junit, List<ReportGlob> files, Optional<String> artifact) {
    /** Name of the container. */
    public static final String NAME = "keep";

    public CollectorContainer {
        junit = List.copyOf(junit);
        files = List.copyOf(files);
    }

    /**
     * Returns the container.
     *
     * @param mounts the task's mounts, which the container gets read-only
     */
    public Container build(List<VolumeMount> mounts) {
        return AgentContainer.of(NAME, image, "collect", request())
                .withRestartPolicy("Always")
                .withNewSecurityContext()
                .withReadOnlyRootFilesystem(true)
                .withAllowPrivilegeEscalation(false)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .endSecurityContext()
                .withResources(ContainerResources.SCRIPT.resources())
                .withVolumeMounts(mounts.stream()
                        .map(mount -> mount.edit().withReadOnly(true).build())
                        .toList())
                .build();
    }

    private CollectRequest request() {
        return new CollectRequest(
                Stream.concat(patterns(CollectRequest.Kind.JUnit, junit), patterns(CollectRequest.Kind.Files, files))
                        .toList(),
                artifact.orElse(null));
    }

    private static Stream<CollectRequest.Pattern> patterns(CollectRequest.Kind kind, List<ReportGlob> globs) {
        return globs.stream().map(glob -> new CollectRequest.Pattern(kind, glob.folder(), glob.regex()));
    }
}
