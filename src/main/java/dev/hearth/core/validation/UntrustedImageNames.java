package dev.hearth.core.validation;

import dev.hearth.api.Reason;
import dev.hearth.api.TaskSpec;
import dev.hearth.api.Trust;
import dev.hearth.core.plan.Template;
import dev.hearth.core.status.StatusReason;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds images whose names an untrusted run would take from a stranger: from a file that its commit decides, or from the name
 * of its ref. A node may have credentials of its own for registries, and would pull what only others may see.
 */
public final class UntrustedImageNames {
    private UntrustedImageNames() {}

    /**
     * Why a run may not start a task; empty if it may.
     *
     * @param task with its placeholders as they are written
     */
    public static Optional<StatusReason> refusal(Trust trust, TaskSpec task) {
        return trust == Trust.Trusted
                ? Optional.empty()
                : fromStranger(task).map(why -> new StatusReason(Reason.UntrustedImageName, why));
    }

    /** A sentence on the first such image that says what to do; empty if there is none. */
    static Optional<String> fromStranger(TaskSpec task) {
        return Stream.concat(
                        Stream.ofNullable(task.image()).flatMap(image -> problem(task, "image", image)),
                        task.services().stream()
                                .flatMap(service ->
                                        problem(task, "image of service " + service.name(), service.image())))
                .findFirst();
    }

    private static Stream<String> problem(TaskSpec task, String field, String image) {
        return Template.names(image).stream()
                .filter(name -> isStrangers(task, name))
                .map(name -> "the " + field + " of task " + task.name() + " has {" + name
                        + "}, and in a run of an untrusted"
                        + " ref a stranger decides its value; list the images in matrix.axes or matrix.include");
    }

    private static boolean isStrangers(TaskSpec task, String name) {
        return switch (name) {
            case "ref", "branch", "tag" -> true;
            default -> name.startsWith("matrix.") && task.hasComputedMatrix();
        };
    }
}
