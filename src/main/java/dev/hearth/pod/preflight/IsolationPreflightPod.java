package dev.hearth.pod.preflight;

import dev.hearth.agent.PreflightRequest;
import dev.hearth.api.IsolationForm;
import dev.hearth.buildkit.BuildRequests;
import dev.hearth.core.plan.Names;
import dev.hearth.pod.AgentContainer;
import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.PodVolumes;
import dev.hearth.pod.build.DaemonContainer;
import dev.hearth.pod.build.IsolationSecurity;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Builds the pod that finds out whether the nodes of a namespace support an isolation: a daemon as in a build pod, on
 * an empty directory, and a client that builds a small image.
 *
 * @param owner object with which Kubernetes deletes the pod if the operator does not
 * @param timeLimit time after which the kubelet ends the pod
 */
public record IsolationPreflightPod(
        String namespace,
        String image,
        String toml,
        IsolationForm isolation,
        OwnerReference owner,
        Duration timeLimit) {
    /** The container whose exit code is the result of the preflight. */
    public static final String CHECK = "check";

    private static final String CLAIM = "preflight";
    private static final String LOCKED = DaemonContainer.VOLUMES + "/locked";

    /** Size limit of the cache: the image that the client builds contains one program. */
    private static final String CACHE_SIZE = "1Gi";

    public Pod pod() {
        var frame = new PreflightFrame(namespace, Names.isolationPreflight(isolation), owner, timeLimit);
        return frame.pod(spec -> spec.withHostUsers(isolation == IsolationForm.UserNamespace ? Boolean.FALSE : null)
                .withInitContainers(IsolationSecurity.initContainers(isolation, image, Set.of()))
                .addToInitContainers(daemon().build())
                .withContainers(check().build())
                .withVolumes(volumes()));
    }

    private ContainerBuilder daemon() {
        var mounts = new ArrayList<>(IsolationSecurity.mounts());
        mounts.add(PodVolumes.writable("cache", DaemonContainer.VOLUMES + "/" + CLAIM));
        mounts.add(PodVolumes.writable("sockets", BuildRequests.SOCKETS));
        mounts.add(PodVolumes.readOnly("cache", LOCKED));
        // A daemon with all rights on the node can write to a read-only mount.
        var locked = isolation == IsolationForm.Privileged ? null : LOCKED;
        return IsolationSecurity.daemon(
                        isolation,
                        image,
                        "preflight",
                        new PreflightRequest(toml, IsolationSecurity.isNested(isolation), CLAIM, locked))
                .withResources(ContainerResources.PREFLIGHT.withDisk(new Quantity(CACHE_SIZE)))
                .withVolumeMounts(mounts);
    }

    private ContainerBuilder check() {
        return new ContainerBuilder()
                .withName(CHECK)
                .withImage(image)
                .withCommand(AgentContainer.command("check"))
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withSecurityContext(IsolationSecurity.client(isolation))
                .withResources(ContainerResources.CLIENT.resources())
                .withVolumeMounts(
                        PodVolumes.writable("sockets", BuildRequests.SOCKETS), IsolationSecurity.temporary(CHECK));
    }

    private List<Volume> volumes() {
        var volumes = new ArrayList<>(IsolationSecurity.volumes());
        volumes.add(IsolationSecurity.temporaryVolume(CHECK));
        volumes.add(PodVolumes.empty("cache", CACHE_SIZE));
        volumes.add(PodVolumes.empty("sockets", PodVolumes.SMALL));
        return volumes;
    }
}
