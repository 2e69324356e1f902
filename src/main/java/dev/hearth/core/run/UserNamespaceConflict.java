package dev.hearth.core.run;

import dev.hearth.api.OperatingSystem;
import dev.hearth.api.ServiceSpec;
import dev.hearth.api.TaskSpec;
import dev.hearth.api.TaskSpec.PodSecurity;
import dev.hearth.core.isolation.UserNamespaceDecider.Feature;
import dev.hearth.core.plan.Step;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds the feature of a step's pod that may conflict with a user namespace. */
public final class UserNamespaceConflict {
    private static final long MAX_USER = 65535;

    private UserNamespaceConflict() {}

    /** Whether a step's pod may have a user namespace of its own. Build pods have an isolation instead. */
    public static boolean concerns(Step step) {
        return switch (step) {
            // The API server rejects Windows pods with a user namespace. A privileged pod needs access to its node.
            case Step.Task task ->
                task.spec().os() == OperatingSystem.Linux && task.spec().podSecurity() != PodSecurity.Privileged;
            case Step.MatrixReader _, Step.ArtifactUpload _ -> true;
            case Step.Build _, Step.Index _ -> false;
        };
    }

    /**
     * Returns the feature of a step's pod. Empty if the pod cannot have a user namespace at all.
     *
     * @param mounts artifacts that the pod mounts
     */
    static Optional<Feature> of(Step step, List<ArtifactMount> mounts) {
        if (!concerns(step)) {
            return Optional.empty();
        }
        return Optional.of(
                switch (step) {
                    case Step.Task task when users(task.spec()).anyMatch(user -> user > MAX_USER) -> Feature.HighUser;
                    case Step.Task task when task.spec().runtimeClassName() != null -> Feature.RuntimeClass;
                    case Step.Task task
                    when task.keepsFiles() || !task.spec().caches().isEmpty() -> Feature.Claim;
                    case Step.ArtifactUpload _ -> Feature.Claim;
                    case Step.Task _, Step.MatrixReader _, Step.Build _, Step.Index _ ->
                        mounts.stream().anyMatch(UserNamespaceConflict::isClaimed) ? Feature.Claim : Feature.None;
                });
    }

    /** Whether an artifact is on a volume claim. Artifacts in a registry are mounted as images or copied. */
    private static boolean isClaimed(ArtifactMount mount) {
        return mount.files().filter(files -> files.image() == null).isPresent();
    }

    private static Stream<Long> users(TaskSpec task) {
        return Stream.concat(
                        Stream.ofNullable(task.user()), task.services().stream().map(ServiceSpec::user))
                .filter(Objects::nonNull);
    }
}
