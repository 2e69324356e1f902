package dev.hearth.core.buildcache;

import dev.hearth.api.IsolationForm;
import dev.hearth.api.TaskSpec;
import dev.hearth.api.TaskSpec.PodSecurity;
import dev.hearth.api.Trust;
import java.util.Collection;

/**
 * Decides whether pods of a run may mount volumes of trusted refs. A read-only mount does not stop a privileged process,
 * which can write to everything that is mounted on its node.
 */
public final class TrustedMounts {
    private TrustedMounts() {}

    /** Whether a build pod may. */
    public static boolean isAllowed(Trust trust, IsolationForm build) {
        return switch (trust) {
            case Trusted -> true;
            case Untrusted -> build != IsolationForm.Privileged;
        };
    }

    /**
     * Whether the task pods of a run may.
     *
     * @param tasks of the run
     * @param builds every isolation that the run's builds may have; empty if it has no builds
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
