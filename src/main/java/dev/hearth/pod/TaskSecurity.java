package dev.hearth.pod;

import dev.hearth.api.TaskSpec;
import dev.hearth.api.TaskSpec.PodSecurity;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.PodSecurityContextBuilder;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a task's pod may do: the least that the level which the task names asks for, and never a token or a host's parts. */
final class TaskSecurity {
    /** Any user but root; most images run as root unless told otherwise, which restricted does not allow. */
    static final long USER = 1000;

    private TaskSecurity() {}

    /** @param group that may write the volume with what the task leaves, if it leaves something */
    static PodSecurityContext pod(TaskSpec task, Optional<Long> group) {
        var context = new PodSecurityContextBuilder()
                .withFsGroup(group.orElse(null))
                .withFsGroupChangePolicy(group.isPresent() ? "OnRootMismatch" : null)
                .withRunAsUser(user(task.podSecurity(), task.user()))
                .withRunAsGroup(task.podSecurity() == PodSecurity.Restricted ? Long.valueOf(USER) : null);
        if (task.podSecurity() != PodSecurity.Privileged) {
            context.withNewSeccompProfile().withType("RuntimeDefault").endSeccompProfile();
        }
        return task.podSecurity() == PodSecurity.Restricted
                ? context.withRunAsNonRoot(true).build()
                : context.build();
    }

    /** @param user if not the pod's */
    static SecurityContext container(PodSecurity level, @Nullable Long user) {
        var context = new SecurityContextBuilder().withRunAsUser(user);
        return switch (level) {
            case Restricted -> restricted(context).build();
            case Baseline -> context.build();
            case Privileged -> context.withPrivileged(true).build();
        };
    }

    /** Of Hearth's own containers, whatever the task asks for. */
    static SecurityContext own() {
        return restricted(new SecurityContextBuilder().withRunAsNonRoot(true).withRunAsUser(USER))
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
