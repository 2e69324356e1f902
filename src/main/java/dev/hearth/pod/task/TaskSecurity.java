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

/** Security contexts of task pods: no more rights than the task's Pod Security level is meant to give. */
public final class TaskSecurity {
    /** The user of tasks at level Restricted, which forbids root. Most images would run as root. */
    public static final long USER = 1000;

    private TaskSecurity() {}

    /**
     * Returns the security context of a task pod.
     *
     * @param writes whether the pod mounts a volume that the task's user has to be able to write
     */
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

    /** Sets no field of Linux: the API server rejects them for Windows, and Pod Security does not require them. */
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

    /** Returns the security context of a task's command, which runs as the user of the pod. */
    static @Nullable SecurityContext container(TaskSpec task) {
        return container(task, null);
    }

    /**
     * Returns the security context of a task's service.
     *
     * @param user user of the container; null for that of the pod
     */
    static @Nullable SecurityContext container(TaskSpec task, @Nullable Long user) {
        if (task.os() == OperatingSystem.Windows) {
            return null;
        }
        var context = new SecurityContextBuilder().withRunAsUser(user);
        return switch (task.podSecurity()) {
            case Restricted -> restricted(context).build();
            // Setuid files of an image or an artifact have no effect. A task that needs root sets user 0.
            case Baseline -> context.withAllowPrivilegeEscalation(false).build();
            case Privileged -> context.withPrivileged(true).build();
        };
    }

    /**
     * Returns the security context of Hearth's container that copies and removes the task's files. It runs as the same
     * user: if the task may be root, only root can copy or remove its files.
     */
    static @Nullable SecurityContext taskFiles(TaskSpec task) {
        if (task.os() == OperatingSystem.Windows) {
            return null;
        }
        var context = new SecurityContextBuilder().withReadOnlyRootFilesystem(true);
        return task.podSecurity() == PodSecurity.Restricted
                ? restricted(context).build()
                : context.withAllowPrivilegeEscalation(false).build();
    }

    /** Returns the security context of Hearth's other containers. It does not depend on the task. */
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
