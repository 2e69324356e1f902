package dev.hearth.core.validation;

import dev.hearth.api.Reason;
import dev.hearth.api.TaskSpec;
import dev.hearth.api.Trust;
import dev.hearth.core.plan.Template;
import dev.hearth.core.status.StatusReason;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds images whose names the author of an untrusted run could choose: by a file of the commit, or by the name of the ref.
 * Nodes may have credentials for registries, and would pull private images for that author.
 */
public final class UntrustedImageNames {
    private UntrustedImageNames() {}

    /**
     * Returns why a run may not start a task. Empty if it may.
     *
     * @param task with placeholders, not their values
     */
    public static Optional<StatusReason> refusal(Trust trust, TaskSpec task) {
        return trust == Trust.Trusted
                ? Optional.empty()
                : problem(task).map(why -> new StatusReason(Reason.UntrustedImageName, why));
    }

    /** Returns what is wrong with the first such image and what to do about it. Empty if there is none. */
    static Optional<String> problem(TaskSpec task) {
        return Stream.concat(
                        Stream.ofNullable(task.image()).flatMap(image -> problem(task, "image", image)),
                        task.services().stream()
                                .flatMap(service ->
                                        problem(task, "image of service " + service.name(), service.image())))
                .findFirst();
    }

    private static Stream<String> problem(TaskSpec task, String field, String image) {
        return Template.names(image).stream()
                .filter(name -> isUntrusted(task, name))
                .map(name -> "the " + field + " of task " + task.name() + " has {" + name
                        + "}, whose value the author of an"
                        + " untrusted run chooses; list the images in matrix.axes or matrix.include");
    }

    private static boolean isUntrusted(TaskSpec task, String name) {
        return switch (name) {
            case "ref", "branch", "tag" -> true;
            default -> name.startsWith("matrix.") && task.hasComputedMatrix();
        };
    }
}
