package dev.hearth.core.run;

import dev.hearth.api.ArtifactStatus;
import java.util.Optional;

/**
 * The artifact of another step, mounted in a task's pod.
 *
 * @param path below {@code /artifacts}
 * @param files where the artifact is; empty if the step has none, which is mounted as an empty directory
 */
public record ArtifactMount(String path, Optional<ArtifactStatus> files) {}
