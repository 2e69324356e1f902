package dev.hearth.core.run;

import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.State;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes the steps of a large run fit into its status. The API server takes more, but everybody who watches runs gets all of
 * it with every change. What is left out can be had elsewhere: messages from the logs, pods of legs that went well nowhere,
 * since nobody looks for them.
 */
final class Slim {
    /** Characters of all steps: with a frozen spec of its usual size a status stays under 64 KiB. */
    static final int MOST = 40_000;

    /** What JSON adds to the values of one step. */
    private static final int FRAME = 110;

    private static final List<Integer> MESSAGES = List.of(4096, 1500, 500, 200, 80);

    private Slim() {}

    static List<StepStatus> fitted(List<StepStatus> steps) {
        return MESSAGES.stream()
                .flatMap(longest -> Stream.of(
                        steps.stream()
                                .map(step -> shortened(step, longest, true))
                                .toList(),
                        steps.stream()
                                .map(step -> shortened(step, longest, false))
                                .toList()))
                .filter(fitted -> fitted.stream().mapToInt(Slim::size).sum() <= MOST)
                .findFirst()
                .orElseGet(() ->
                        steps.stream().map(step -> shortened(step, 0, false)).toList());
    }

    /** The end of a failure says most, of anything else its beginning. */
    private static StepStatus shortened(StepStatus step, int longest, boolean pods) {
        var message = step.message();
        var pod = pods || step.state() == State.Running || step.state() == State.Failed ? step.pod() : null;
        if (message != null && message.length() > longest) {
            message = longest == 0
                    ? null
                    : step.state() == State.Failed
                            ? "…" + message.substring(message.length() - longest + 1)
                            : message.substring(0, longest - 1) + "…";
        }
        return Objects.equals(message, step.message()) && Objects.equals(pod, step.pod())
                ? step
                : step.with(message, pod);
    }

    static int size(StepStatus step) {
        var artifact = step.artifact();
        return FRAME
                + Stream.of(
                                step.name(),
                                step.reason(),
                                step.message(),
                                step.pod(),
                                step.container(),
                                step.startedAt(),
                                step.finishedAt(),
                                step.digest(),
                                step.cacheFrom(),
                                artifact == null ? null : artifact.toString())
                        .mapToInt(Slim::length)
                        .sum()
                + step.regressed().stream().mapToInt(String::length).sum();
    }

    private static int length(@Nullable String text) {
        return text == null ? 0 : text.length();
    }
}
