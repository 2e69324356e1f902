package dev.hearth.core.run;

import dev.hearth.api.ArtifactStatus;
import java.util.Optional;

/**
 * Files of another step in a task's pod.
 *
 * @param path below {@code /artifacts}
 * @param files where they are; empty if that step left none, which then is an empty directory
 */
public record ArtifactMount(String path, Optional<ArtifactStatus> files) {}
