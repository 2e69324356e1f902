package dev.hearth.pod.task;

import dev.hearth.buildkit.DaemonScript;
import dev.hearth.core.testreport.ReportGlob;
import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.PodParts;
import dev.hearth.pod.ScriptResources;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A sidecar of a task's pod that keeps what the task leaves, once its own container has ended for whatever reason: report
 * files in its log, and a short account in its termination message. It sees
 * the task's files read-only, complies with Pod Security level restricted, and needs the user of the pod to be the task's.
 *
 * @param image with bash, coreutils, findutils, tar and gzip
 * @param junit patterns of JUnit reports, without a problem; they come first, so that no limit cuts them before others
 * @param files patterns of other report files, without a problem
 * @param artifact folder whose state is to be told
 */
public record CollectorContainer(
        String image, List<ReportGlob> junit, List<ReportGlob> files, Optional<String> artifact) {
    /** Name of the container. */
    public static final String NAME = "keep";

    private static final String SCRIPT = DaemonScript.ARTIFACT.text() + ScriptResources.text("keep.sh");

    public CollectorContainer {
        junit = List.copyOf(junit);
        files = List.copyOf(files);
    }

    /** With the volumes that hold the task's files, mounted read-only where the task has them. */
    public Container build(List<VolumeMount> mounts) {
        return new ContainerBuilder()
                .withName(NAME)
                .withImage(image)
                .withRestartPolicy("Always")
                .withCommand("/bin/bash", "-c", PodParts.literal(SCRIPT), NAME)
                .addAllToCommand(arguments())
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

    private List<String> arguments() {
        var arguments = new ArrayList<>(List.of(artifact.orElse("")));
        junit.forEach(glob -> arguments.addAll(List.of("junit", glob.folder(), glob.regex())));
        files.forEach(glob -> arguments.addAll(List.of("files", glob.folder(), glob.regex())));
        return arguments.stream().map(PodParts::literal).toList();
    }
}
