package dev.hearth.core.buildcache;

import dev.hearth.api.IsolationForm;
import dev.hearth.api.TaskSpec;
import dev.hearth.api.TaskSpec.PodSecurity;
import dev.hearth.api.Trust;
import java.util.Collection;

/**
 * Whether pods of a run may mount volumes that trusted refs have written. A mount is read-only for what is confined alone:
 * a privileged process can write everything that is mounted on its node.
 */
public final class TrustedMounts {
    private TrustedMounts() {}

    /** In the pod of a build. */
    public static boolean isAllowed(Trust trust, IsolationForm build) {
        return switch (trust) {
            case Trusted -> true;
            case Untrusted -> build != IsolationForm.Privileged;
        };
    }

    /**
     * In the pods of a run's tasks.
     *
     * @param tasks of the run
     * @param builds all that the isolation of the run's builds may be; empty if it has no builds
     */
    public static boolean isAllowed(Trust trust, Collection<TaskSpec> tasks, Collection<IsolationForm> builds) {
        return switch (trust) {
            case Trusted -> true;
            case Untrusted ->
                tasks.stream().noneMatch(task -> task.podSecurity() == PodSecurity.Privileged)
                        && builds.stream().allMatch(build -> isAllowed(trust, build));
        };
    }
}
