package dev.hearth.pod.task;

import dev.hearth.api.OperatingSystem;
import dev.hearth.api.TaskSpec;
import dev.hearth.api.TaskSpec.PodSecurity;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.PodSecurityContextBuilder;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a task's pod may do: the least that the level which the task names asks for, and never a token or a host's parts. */
public final class TaskSecurity {
    /** Any user but root; most images run as root unless told otherwise, which restricted does not allow. */
    public static final long USER = 1000;

    private TaskSecurity() {}

    /** @param writes whether it has a volume of others' that its user has to be able to write */
    static PodSecurityContext pod(TaskSpec task, boolean writes) {
        return switch (task.os()) {
            case Linux -> linux(task, writes);
            case Windows -> windows(task.podSecurity());
        };
    }

    private static PodSecurityContext linux(TaskSpec task, boolean writes) {
        var context = new PodSecurityContextBuilder()
                .withFsGroup(writes ? Long.valueOf(USER) : null)
                .withFsGroupChangePolicy(writes ? "OnRootMismatch" : null)
                .withRunAsUser(user(task.podSecurity(), task.user()))
                .withRunAsGroup(task.podSecurity() == PodSecurity.Restricted ? Long.valueOf(USER) : null);
        if (task.podSecurity() != PodSecurity.Privileged) {
            context.withNewSeccompProfile().withType("RuntimeDefault").endSeccompProfile();
        }
        return task.podSecurity() == PodSecurity.Restricted
                ? context.withRunAsNonRoot(true).build()
                : context.build();
    }

    /** Nothing that Linux alone has: the API server takes no such field for Windows, and Pod Security asks for none. */
    private static PodSecurityContext windows(PodSecurity level) {
        var context = new PodSecurityContextBuilder();
        return level == PodSecurity.Restricted
                ? context.withRunAsNonRoot(true)
                        .withNewWindowsOptions()
                        .withRunAsUserName("ContainerUser")
                        .endWindowsOptions()
                        .build()
                : context.build();
    }

    /** @param user if not the pod's */
    static @Nullable SecurityContext container(TaskSpec task, @Nullable Long user) {
        if (task.os() == OperatingSystem.Windows) {
            return null;
        }
        var context = new SecurityContextBuilder().withRunAsUser(user);
        return switch (task.podSecurity()) {
            case Restricted -> restricted(context).build();
            // A setuid file of an image or an artifact gives a user nothing; who needs root is user 0.
            case Baseline -> context.withAllowPrivilegeEscalation(false).build();
            case Privileged -> context.withPrivileged(true).build();
        };
    }

    /**
     * Of a container of Hearth's own that handles the task's files, as the same user: where a task may be root, so is it, or it
     * could neither copy nor remove what that has left.
     */
    static @Nullable SecurityContext beside(TaskSpec task) {
        if (task.os() == OperatingSystem.Windows) {
            return null;
        }
        var context = new SecurityContextBuilder().withReadOnlyRootFilesystem(true);
        return task.podSecurity() == PodSecurity.Restricted
                ? restricted(context).build()
                : context.withAllowPrivilegeEscalation(false).build();
    }

    /** Of Hearth's own containers, whatever the task asks for. */
    public static SecurityContext own() {
        return restricted(new SecurityContextBuilder()
                        .withReadOnlyRootFilesystem(true)
                        .withRunAsNonRoot(true)
                        .withRunAsUser(USER))
                .build();
    }

    private static SecurityContextBuilder restricted(SecurityContextBuilder context) {
        return context.withAllowPrivilegeEscalation(false)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities();
    }

    private static @Nullable Long user(PodSecurity level, @Nullable Long user) {
        return level == PodSecurity.Restricted ? Objects.requireNonNullElse(user, USER) : user;
    }
}
