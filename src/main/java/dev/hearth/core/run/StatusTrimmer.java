package dev.hearth.core.run;

import dev.hearth.api.ArtifactStatus;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.State;
import dev.hearth.api.TestSummary;
import dev.hearth.core.testreport.TestSummaryFactory;
import dev.hearth.core.text.JsonSize;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Makes the steps of a large run fit into its status. The API server takes more, but everybody who watches runs gets all of
 * it with every change. What is left out can be had elsewhere: messages from the logs, tests from the report files, names of
 * pods, and where caches came from, nowhere, since nobody looks for those that went well.
 */
final class StatusTrimmer {
    /** Bytes of all steps as JSON: with a frozen spec of its usual size a status stays under 64 KiB. */
    static final int MOST = 40_000;

    /** The first that fits is taken. */
    private static final List<Form> FORMS = List.of(
            new Form(4096, true, Detail.Full, true),
            new Form(1500, true, Detail.Brief, true),
            new Form(500, true, Detail.Brief, true),
            new Form(200, false, Detail.Brief, true),
            new Form(80, false, Detail.Totals, true),
            new Form(0, false, Detail.None, true));

    /** Characters of a build step that is said to have run again. */
    private static final int LONGEST_REGRESSED = 40;

    private static final Form LEAST = new Form(0, false, Detail.None, false);

    private StatusTrimmer() {}

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
     * @param whole also when it was, and what its name and its run say of its files
     */
    private record Form(int message, boolean pods, Detail tests, boolean whole) {}

    static List<StepStatus> trim(List<StepStatus> steps) {
        return FORMS.stream()
                .map(form -> steps.stream().map(step -> in(form, step)).toList())
                .filter(fitted -> fitted.stream().mapToLong(JsonSize::of).sum() <= MOST)
                .findFirst()
                .orElseGet(() -> steps.stream().map(step -> in(LEAST, step)).toList());
    }

    private static StepStatus in(Form form, StepStatus step) {
        var message = shortened(step, form.message());
        var pod = form.pods() || step.state() == State.Running || step.state() == State.Failed ? step.pod() : null;
        var cacheFrom = form.pods() ? step.cacheFrom() : null;
        var tests = step.tests() == null ? null : in(form.tests(), step.tests());
        var slim = Objects.equals(message, step.message())
                        && Objects.equals(pod, step.pod())
                        && Objects.equals(cacheFrom, step.cacheFrom())
                        && Objects.equals(tests, step.tests())
                ? step
                : step.with(message, pod, cacheFrom, tests);
        return form.whole() || !step.state().isFinal()
                ? slim
                : slim.withoutTimes(
                        step.rebuilt().stream()
                                .limit(1)
                                .map(text -> truncate(text, LONGEST_REGRESSED))
                                .toList(),
                        step.artifact() == null ? null : withoutDetails(step.artifact()));
    }

    private static @Nullable TestSummary in(Detail detail, TestSummary tests) {
        return switch (detail) {
            case Full -> tests;
            case Brief -> TestSummaryFactory.brief(tests);
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
        if (step.state() == State.Failed) {
            var from = message.length() - longest + 1;
            return "…" + message.substring(Character.isLowSurrogate(message.charAt(from)) ? from + 1 : from);
        }
        return truncate(message, longest);
    }

    private static String truncate(String text, int longest) {
        if (text.length() <= longest) {
            return text;
        }
        var to = longest - 1;
        return text.substring(0, Character.isHighSurrogate(text.charAt(to - 1)) ? to - 1 : to) + "…";
    }

    /** What {@link ArtifactLocations} cannot tell from the step. */
    private static ArtifactStatus withoutDetails(ArtifactStatus files) {
        var others = files.reusedFrom() != null && files.image() == null;
        return new ArtifactStatus(
                null,
                null,
                null,
                others ? files.claim() : null,
                others ? files.path() : null,
                files.image(),
                null,
                files.reusedFrom());
    }
}
