package dev.hearth.pod.build;

import dev.hearth.agent.AgentRequest;
import dev.hearth.agent.OwnRequest;
import dev.hearth.api.IsolationForm;
import dev.hearth.core.plan.Names;
import dev.hearth.pod.AgentContainer;
import dev.hearth.pod.ContainerParts;
import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.PodVolumes;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Security contexts, mounts and commands of each isolation. Build pods and preflights share them. */
public final class IsolationSecurity {
    /** The user of BuildKit's rootless image. */
    private static final long USER = 1000;

    private static final String VIEW = "/var/lib/hearth/view";
    private static final String FOLDER = "/volume";
    private static final String TMP = "tmp-";

    /** Size limit of the daemon's temporary files. They are few: BuildKit fetches and builds on the cache volume. */
    private static final String DAEMON_TMP_SIZE = "1Gi";

    private IsolationSecurity() {}

    /**
     * Returns the sidecar with a daemon and its agent, without mounts. Without root, the agent runs in rootlesskit's user
     * namespace, where it owns the files of the volume.
     */
    public static ContainerBuilder daemon(
            IsolationForm isolation, String image, String subcommand, AgentRequest request) {
        var container = AgentContainer.of(BuildPod.DAEMON, image, subcommand, request)
                .withRestartPolicy("Always")
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withSecurityContext(security(isolation));
        if (isolation == IsolationForm.Rootless) {
            var command = new ArrayList<>(AgentContainer.command(subcommand));
            command.addFirst("rootlesskit");
            container.withCommand(command).addToEnv(ContainerParts.variable("XDG_RUNTIME_DIR", "/tmp"));
        }
        return container;
    }

    /** Whether the daemon has a user namespace inside of the agent's. */
    public static boolean isNested(IsolationForm isolation) {
        return isolation == IsolationForm.UserNamespace;
    }

    /**
     * Returns the security context of the daemon's container. All root file systems are read-only: the agent runs
     * outside of the daemon's user namespace as the same user of the kernel, so a program or library that the daemon
     * could replace would run there.
     *
     * <p>With {@code UserNamespace}, the daemon mounts overlays and creates containers with SYS_ADMIN of that namespace
     * only. {@code /proc} is unmasked because a nested namespace cannot mount its own over a masked one. With {@code
     * Rootless}, rootlesskit creates the namespace with newuidmap, which the default seccomp and AppArmor profiles and
     * {@code no_new_privs} would forbid.
     */
    private static SecurityContext security(IsolationForm isolation) {
        return switch (isolation) {
            case UserNamespace ->
                unconfined()
                        .withReadOnlyRootFilesystem(true)
                        .withProcMount("Unmasked")
                        .withNewCapabilities()
                        .withAdd("SYS_ADMIN")
                        .endCapabilities()
                        .build();
            case Rootless ->
                unconfined()
                        .withReadOnlyRootFilesystem(true)
                        .withRunAsUser(USER)
                        .withRunAsGroup(USER)
                        .build();
            case Privileged ->
                new SecurityContextBuilder()
                        .withReadOnlyRootFilesystem(true)
                        .withPrivileged(true)
                        .build();
        };
    }

    /**
     * Returns the security context of a client. It has no rights except to use the daemon's socket. It is the daemon's user, who
     * removes what the client leaves on the volume.
     */
    public static SecurityContext client(IsolationForm isolation) {
        var client = ContainerParts.unprivileged();
        return isolation == IsolationForm.Rootless
                ? client.withRunAsUser(USER).withRunAsGroup(USER).build()
                : client.build();
    }

    /** Returns the volumes of {@link #mounts}. */
    public static List<Volume> volumes() {
        return List.of(
                PodVolumes.empty("view", PodVolumes.SMALL),
                PodVolumes.empty("run", PodVolumes.SMALL),
                PodVolumes.empty(TMP + BuildPod.DAEMON, DAEMON_TMP_SIZE));
    }

    /**
     * Returns all mounts that the daemon's container may write besides the cache volume and the folder of the sockets. They
     * contain no programs, and no mount of the pod is below them: a daemon that was broken into could put a link in the place
     * of its folder, and the container would have it elsewhere once it was started again.
     */
    public static List<VolumeMount> mounts() {
        return List.of(
                PodVolumes.writable("view", VIEW),
                PodVolumes.writable("run", "/run"),
                PodVolumes.writable(TMP + BuildPod.DAEMON, "/tmp"));
    }

    /** Returns the volume of {@link #temporary}. */
    public static Volume temporaryVolume(String container) {
        return PodVolumes.empty(TMP + container, PodVolumes.SMALL);
    }

    /** Returns a client's mount for temporary files. No other container mounts this volume. */
    public static VolumeMount temporary(String container) {
        return PodVolumes.writable(TMP + container, "/tmp");
    }

    /**
     * Returns the containers that run before the daemon. A new volume belongs to root, and the rootless user must own
     * it.
     */
    public static List<Container> initContainers(IsolationForm isolation, String image, Set<String> copies) {
        return isolation == IsolationForm.Rootless ? List.of(ownerContainer(image, copies)) : List.of();
    }

    private static Container ownerContainer(String image, Set<String> copies) {
        // The kubelet would make them for root.
        var folders = Stream.concat(
                        Stream.of(Names.ARTIFACTS, SolveContainer.EXPORTING, "volumes"),
                        copies.stream().map(claim -> "volumes/" + claim))
                .toList();
        return AgentContainer.of("own", image, "own", new OwnRequest(FOLDER, USER, folders))
                .withSecurityContext(ContainerParts.unprivileged()
                        .withRunAsUser(0L)
                        .withRunAsGroup(0L)
                        .editCapabilities()
                        .withAdd("CHOWN", "DAC_OVERRIDE")
                        .endCapabilities()
                        .build())
                .withResources(ContainerResources.SCRIPT.resources())
                .withVolumeMounts(PodVolumes.writable(BuildPod.CACHE, FOLDER))
                .build();
    }

    private static SecurityContextBuilder unconfined() {
        return new SecurityContextBuilder()
                .withNewSeccompProfile()
                .withType("Unconfined")
                .endSeccompProfile()
                .withNewAppArmorProfile()
                .withType("Unconfined")
                .endAppArmorProfile();
    }
}
