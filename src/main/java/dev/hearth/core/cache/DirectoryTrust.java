package dev.hearth.core.cache;

import dev.hearth.api.Isolation;
import dev.hearth.api.TaskSpec;
import dev.hearth.api.TaskSpec.PodSecurity;
import dev.hearth.api.Trust;
import java.util.List;
import java.util.Optional;

/** Whether the tasks of a run may mount what trusted refs left: read-only mounts hold only against what is confined. */
public final class DirectoryTrust {
    private DirectoryTrust() {}

    /**
     * Whatever is privileged on a node could write what another pod mounts read-only there.
     *
     * @param tasks of the run
     * @param builds isolation of the scope's builds, empty if it has none yet
     */
    public static boolean mayReadOthers(Trust trust, List<TaskSpec> tasks, Optional<Isolation> builds) {
        return switch (trust) {
            case Trusted -> true;
            case Untrusted ->
                tasks.stream().noneMatch(task -> task.podSecurity() == PodSecurity.Privileged)
                        && builds.filter(Isolation.Privileged::equals).isEmpty();
        };
    }
}
