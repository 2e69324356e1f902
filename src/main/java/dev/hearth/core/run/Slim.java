package dev.hearth.core.run;

import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.State;
import dev.hearth.api.TestSummary;
import dev.hearth.core.tests.Summaries;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes the steps of a large run fit into its status. The API server takes more, but everybody who watches runs gets all of
 * it with every change. What is left out can be had elsewhere: messages from the logs, tests from the report files, names of
 * pods nowhere, since nobody looks for those that went well.
 */
final class Slim {
    /** Characters of all steps: with a frozen spec of its usual size a status stays under 64 KiB. */
    static final int MOST = 40_000;

    /** What JSON adds to the values of one step. */
    private static final int FRAME = 110;

    /** The first that fits is taken. */
    private static final List<Form> FORMS = List.of(
            new Form(4096, true, Detail.Full),
            new Form(1500, true, Detail.Brief),
            new Form(500, true, Detail.Brief),
            new Form(200, false, Detail.Brief),
            new Form(80, false, Detail.Totals));

    private static final Form LEAST = new Form(0, false, Detail.None);

    private Slim() {}

    /** How much of the tests is said. */
    private enum Detail {
        Full,
        Brief,
        Totals,
        None
    }

    /**
     * How much of a step is said.
     *
     * @param message characters
     * @param pods also of steps that went well
     */
    private record Form(int message, boolean pods, Detail tests) {}

    static List<StepStatus> fitted(List<StepStatus> steps) {
        return FORMS.stream()
                .map(form -> steps.stream().map(step -> in(form, step)).toList())
                .filter(fitted -> fitted.stream().mapToInt(Slim::size).sum() <= MOST)
                .findFirst()
                .orElseGet(() -> steps.stream().map(step -> in(LEAST, step)).toList());
    }

    private static StepStatus in(Form form, StepStatus step) {
        var message = shortened(step, form.message());
        var pod = form.pods() || step.state() == State.Running || step.state() == State.Failed ? step.pod() : null;
        var tests = step.tests() == null ? null : in(form.tests(), step.tests());
        return Objects.equals(message, step.message())
                        && Objects.equals(pod, step.pod())
                        && Objects.equals(tests, step.tests())
                ? step
                : step.with(message, pod, tests);
    }

    private static @Nullable TestSummary in(Detail detail, TestSummary tests) {
        return switch (detail) {
            case Full -> tests;
            case Brief -> Summaries.brief(tests);
            case Totals ->
                new TestSummary(
                        tests.passed(),
                        tests.failed(),
                        tests.skipped(),
                        tests.seconds(),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of());
            case None -> null;
        };
    }

    /** The end of a failure says most, of anything else its beginning. */
    private static @Nullable String shortened(StepStatus step, int longest) {
        var message = step.message();
        if (message == null || message.length() <= longest) {
            return message;
        }
        if (longest == 0) {
            return null;
        }
        return step.state() == State.Failed
                ? "…" + message.substring(message.length() - longest + 1)
                : message.substring(0, longest - 1) + "…";
    }

    private static int size(StepStatus step) {
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
                                step.artifact(),
                                step.tests())
                        .filter(Objects::nonNull)
                        .mapToInt(value -> value.toString().length())
                        .sum()
                + step.regressed().stream().mapToInt(String::length).sum();
    }
}
