package dev.hearth.core.validation;

import dev.hearth.api.OperatingSystem;
import dev.hearth.api.TaskSpec;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds fields that a task for Windows cannot have, since they need a Linux container or a volume written by Linux. */
public final class WindowsTaskRules {
    private WindowsTaskRules() {}

    /** Returns what is wrong with a task for Windows and what to do about it. Empty if nothing is wrong. */
    public static Optional<String> problem(TaskSpec task) {
        if (task.os() == OperatingSystem.Linux) {
            return Optional.empty();
        }
        return Stream.of(
                        problem(task.reports().any(), "reports", "a Linux container would have to collect them"),
                        problem(task.artifact() != null, "artifact", "a Linux container would have to read it"),
                        problem(
                                !task.artifacts().isEmpty(),
                                "artifacts",
                                "they are on volumes that Linux containers have written"),
                        problem(task.imageFrom() != null, "imageFrom", "builds produce Linux images"),
                        problem(
                                task.user() != null || task.services().stream().anyMatch(it -> it.user() != null),
                                "user",
                                "Windows has no user ids"),
                        problem(
                                task.podSecurity() == TaskSpec.PodSecurity.Privileged,
                                "podSecurity: Privileged",
                                "there are no privileged containers"))
                .flatMap(Optional::stream)
                .findFirst()
                .map(problem -> "task " + task.name() + ": " + problem);
    }

    private static Optional<String> problem(boolean wanted, String field, String why) {
        return wanted
                ? Optional.of("a task with os: Windows cannot have " + field + ", since " + why + "; remove it")
                : Optional.empty();
    }
}
