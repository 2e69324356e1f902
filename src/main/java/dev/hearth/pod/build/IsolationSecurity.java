package dev.hearth.pod.build;

import dev.hearth.api.IsolationForm;
import dev.hearth.buildkit.BuildCommand;
import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.PodParts;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.ArrayList;
import java.util.List;

/**
 * What each form of isolation makes of a pod with a daemon: the same in a build and in the trial that comes before.
 */
public final class IsolationSecurity {
    /** Environment variable with what the daemon's container runs: in its command rootlesskit's errors would repeat it. */
    static final String SCRIPT = "SCRIPT";

    /** Of BuildKit's rootless image. */
    private static final long USER = 1000;

    private static final String VIEW = "/var/lib/hearth/view";
    private static final String FOLDER = "/volume";
    private static final String TMP = "tmp-";

    /** Of temporary files, of which BuildKit has few: what it fetches and builds is on the cache volume. */
    private static final String TEMPORARY = "1Gi";

    private IsolationSecurity() {}

    /** Without root all of the script runs in rootlesskit's user namespace: there it owns the volume's files. */
    static List<String> command(IsolationForm isolation) {
        var command = new ArrayList<>(List.of("/bin/sh", "-c", "eval \"$" + SCRIPT + "\"", "daemon"));
        if (isolation == IsolationForm.Rootless) {
            command.addFirst("rootlesskit");
        }
        return command;
    }

    static List<EnvVar> environment(IsolationForm isolation) {
        return isolation == IsolationForm.Rootless ? List.of(new EnvVar("XDG_RUNTIME_DIR", "/tmp", null)) : List.of();
    }

    /**
     * All root file systems are read-only. The daemon's script runs outside of the namespace in which its daemon is root,
     * as the same user of the kernel: a file that the daemon could replace would be a program or a library of the script's.
     *
     * <p>In a user namespace, what mounts overlays and makes containers is SYS_ADMIN of that namespace alone; /proc is bare
     * since a namespace within it could not mount its own over a masked one. Without root, rootlesskit makes the namespace,
     * with newuidmap, which the default profiles or no new privileges would forbid.
     */
    static SecurityContext security(IsolationForm isolation) {
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

    /** A client has no rights at all, and meets the daemon at a socket that its user or its group may use. */
    public static SecurityContext client(IsolationForm isolation) {
        var client = PodParts.unprivileged();
        return isolation == IsolationForm.Rootless
                ? client.withRunAsUser(0L).withRunAsGroup(USER).build()
                : client.build();
    }

    /** What {@link #mounts} needs. */
    public static List<Volume> volumes() {
        return List.of(
                PodParts.empty("volumes", PodParts.SMALL),
                PodParts.empty("view", PodParts.SMALL),
                PodParts.empty("run", PodParts.SMALL),
                PodParts.empty(TMP + BuildPod.DAEMON, TEMPORARY));
    }

    /** All that the daemon's container may write besides the cache volume. Programs are in none of these folders. */
    static List<VolumeMount> mounts() {
        return List.of(
                PodParts.writable("volumes", DaemonContainer.VOLUMES),
                PodParts.writable("view", VIEW),
                PodParts.writable("run", "/run"),
                PodParts.writable(TMP + BuildPod.DAEMON, "/tmp"));
    }

    /** What {@link #temporary} needs. */
    public static Volume temporaryVolume(String container) {
        return PodParts.empty(TMP + container, PodParts.SMALL);
    }

    /** A client's own folder for temporary files, which no other container sees. */
    public static VolumeMount temporary(String container) {
        return PodParts.writable(TMP + container, "/tmp");
    }

    /** A client's environment: where the daemon is, and a folder where it may keep files of its own. */
    public static List<EnvVar> clientEnvironment() {
        return List.of(
                new EnvVar("BUILDKIT_HOST", "unix://" + BuildCommand.SOCKETS + "/buildkitd.sock", null),
                new EnvVar("HOME", "/tmp", null));
    }

    /** What has to run before: a new volume belongs to root. */
    public static List<Container> before(IsolationForm isolation, String image) {
        return isolation == IsolationForm.Rootless ? List.of(ownImage(image)) : List.of();
    }

    private static Container ownImage(String image) {
        return new ContainerBuilder()
                .withName("own")
                .withImage(image)
                .withCommand("/bin/sh", "-c", "[ \"$(stat -c %u \"$1\")\" = \"$0\" ] || chown \"$0:$0\" \"$1\"")
                .addToCommand(String.valueOf(USER), FOLDER)
                .withSecurityContext(PodParts.unprivileged()
                        .withRunAsUser(0L)
                        .withRunAsGroup(0L)
                        .editCapabilities()
                        .withAdd("CHOWN")
                        .endCapabilities()
                        .build())
                .withResources(ContainerResources.SCRIPT.resources())
                .withVolumeMounts(PodParts.writable("cache", FOLDER))
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
