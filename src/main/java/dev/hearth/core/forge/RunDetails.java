package dev.hearth.core.forge;

import dev.hearth.api.ApprovalRequest;
import dev.hearth.api.Condition;
import dev.hearth.api.ConditionType;
import dev.hearth.api.DockerfileFinding;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus;
import dev.hearth.api.TestSummary;
import dev.hearth.core.forge.CheckDetails.Annotation;
import dev.hearth.core.forge.CheckDetails.Level;
import dev.hearth.core.forge.CommitStatus.State;
import dev.hearth.core.status.ConditionFactory;
import dev.hearth.core.testreport.SourceLine;
import dev.hearth.core.text.Text;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Describes a run for its check run: a table of the steps, and at their lines failed tests, a mistake of the definition,
 * and what BuildKit says of a Dockerfile. Everybody may read it who can see the repository. Messages of steps stay out of it; those of tests are masked as
 * logs are.
 */
public final class RunDetails {
    private static final int MOST_STEPS = 100;
    private static final int LONGEST_NAME = 80;
    private static final int LONGEST_TITLE = 200;

    /** Annotations of a definition and of Dockerfiles. The others are of failed tests. */
    private static final int MOST_FINDINGS = 30;

    private RunDetails() {}

    /**
     * Returns the details.
     *
     * @param commit at which they are shown
     * @param buttons whether the check run may have buttons
     */
    public static CheckDetails of(String commit, PipelineRunStatus status, boolean buttons) {
        var state = RunOutcome.state(status);
        var waits = state == State.NeedsApproval;
        // GitHub never removes an annotation, and what a step shows while the run goes on may change.
        var others = state.isFinal() ? ofDefinitionAndDockerfiles(commit, status) : List.<Annotation>of();
        var tests = state.isFinal() ? failedTests(status.steps(), others.size()) : List.<Annotation>of();
        var parts = Stream.of(
                        Optional.ofNullable(status.approval())
                                .filter(_ -> waits)
                                .map(RunDetails::approval),
                        table(status.steps()),
                        state.isFinal() ? tests(status.steps(), tests.size()) : Optional.<String>empty())
                .flatMap(Optional::stream)
                .toList();
        return new CheckDetails(
                parts.isEmpty()
                        ? "No step was run."
                        : Text.abbreviate(String.join("\n\n", parts), CheckDetails.SUMMARY_LENGTH),
                Stream.concat(others.stream(), tests.stream()).toList(),
                waits && buttons,
                waits && status.approval() != null ? status.approval().digest() : null);
    }

    /** Builds of several platforms say the same of their Dockerfile. */
    private static List<Annotation> ofDefinitionAndDockerfiles(String commit, PipelineRunStatus status) {
        return Stream.concat(
                        wrongDefinition(commit, status).stream(),
                        status.steps().stream().flatMap(RunDetails::findings))
                .distinct()
                .limit(MOST_FINDINGS)
                .toList();
    }

    private static List<Annotation> failedTests(List<StepStatus> steps, int others) {
        return steps.stream()
                .flatMap(RunDetails::failedTests)
                .distinct()
                .limit(CheckDetails.MOST_ANNOTATIONS - others)
                .toList();
    }

    private static String approval(ApprovalRequest request) {
        var files = request.changedFiles();
        return "The commit waits for the approval of somebody who may write the repository."
                + (Boolean.FALSE.equals(request.compared())
                        ? " Whether it changes the definition or Dockerfiles is not known."
                        : "")
                + (files.isEmpty()
                        ? ""
                        : " It changes files that decide about the build:\n\n"
                                + String.join(
                                        "\n",
                                        files.stream()
                                                .map(file -> "- " + CodeSpan.of(file, LONGEST_NAME))
                                                .toList()));
    }

    private static Optional<String> table(List<StepStatus> steps) {
        if (steps.isEmpty()) {
            return Optional.empty();
        }
        var lines = new ArrayList<String>();
        lines.add("| step | state | time | build steps cached | tests |");
        lines.add("|---|---|---|---|---|");
        steps.stream().limit(MOST_STEPS).map(RunDetails::row).forEach(lines::add);
        var more = steps.size() - MOST_STEPS;
        return Optional.of(String.join("\n", lines) + (more > 0 ? "\n\n" + more + " more steps are not listed." : ""));
    }

    private static String row(StepStatus step) {
        return "| "
                + String.join(
                        " | ",
                        List.of(
                                CodeSpan.of(step.name(), LONGEST_NAME),
                                state(step),
                                time(step),
                                cached(step),
                                tests(step)))
                + " |";
    }

    private static String state(StepStatus step) {
        return step.state()
                + (step.failure() == null ? "" : ", " + step.failure())
                + (Boolean.TRUE.equals(step.ignored()) ? ", ignored" : "")
                + (Boolean.TRUE.equals(step.flaky()) ? ", flaky" : "")
                + (step.has(Reason.TakenOver) ? ", taken over" : "");
    }

    private static String time(StepStatus step) {
        if (step.startedAt() == null || step.finishedAt() == null) {
            return "";
        }
        var time = Duration.between(Instant.parse(step.startedAt()), Instant.parse(step.finishedAt()));
        return time.isNegative() ? "" : time.toString().substring(2).toLowerCase(Locale.ROOT);
    }

    private static String cached(StepStatus step) {
        return step.cached() == null || step.executed() == null
                ? ""
                : step.cached() + " of " + (step.cached() + step.executed());
    }

    private static String tests(StepStatus step) {
        var tests = step.tests();
        return tests == null
                ? ""
                : tests.passed() + " passed" + (tests.failed() == 0 ? "" : ", " + tests.failed() + " failed");
    }

    /** Says that not all failed tests are shown, if so. */
    private static Optional<String> tests(List<StepStatus> steps, int shown) {
        var failed = steps.stream()
                .flatMap(step -> Optional.ofNullable(step.tests()).stream())
                .mapToInt(TestSummary::failed)
                .sum();
        return failed <= shown
                ? Optional.empty()
                : Optional.of(
                        shown + " of " + failed + " failed tests are shown at their lines: the first of each step whose"
                                + " report names the file and the line.");
    }

    /** Returns the mistake for which a run did not start, if it is in a file of the commit. */
    private static Optional<Annotation> wrongDefinition(String commit, PipelineRunStatus status) {
        return Optional.ofNullable(status.definition())
                .filter(definition -> commit.equals(definition.commit()))
                .flatMap(definition -> Optional.ofNullable(definition.line())
                        .map(line -> new Annotation(
                                definition.path(),
                                line,
                                Level.Failure,
                                "The definition of the pipeline is invalid",
                                ConditionFactory.find(status.conditions(), ConditionType.Succeeded)
                                        .map(Condition::message)
                                        .orElse("The file has a mistake."))));
    }

    private static Level level(StepStatus step) {
        return step.state() == StepStatus.State.Failed && !step.passed() ? Level.Failure : Level.Warning;
    }

    private static Stream<Annotation> failedTests(StepStatus step) {
        return Optional.ofNullable(step.tests()).map(TestSummary::failures).orElse(List.of()).stream()
                .flatMap(failure -> SourceLine.of(failure.file(), failure.line())
                        .map(at -> new Annotation(
                                at.file(),
                                at.line(),
                                level(step),
                                Text.abbreviate(failure.id(), LONGEST_TITLE),
                                message(failure)))
                        .stream());
    }

    private static Stream<Annotation> findings(StepStatus step) {
        return step.findings().stream()
                .flatMap(finding ->
                        SourceLine.of(finding.file(), finding.line()).map(at -> finding(at, finding, step)).stream());
    }

    private static Annotation finding(SourceLine at, DockerfileFinding finding, StepStatus step) {
        var rule = finding.rule();
        return rule == null
                ? new Annotation(
                        at.file(),
                        at.line(),
                        level(step),
                        "The build failed here",
                        "The build failed at this instruction.")
                : new Annotation(
                        at.file(),
                        at.line(),
                        Level.Warning,
                        Text.abbreviate(rule, LONGEST_TITLE),
                        Optional.ofNullable(finding.message()).orElse(rule));
    }

    private static String message(TestSummary.Failure failure) {
        var text = Stream.of(failure.message(), failure.details())
                .flatMap(it -> Optional.ofNullable(it).filter(part -> !part.isBlank()).stream())
                .distinct()
                .reduce((message, details) -> message + "\n\n" + details);
        return text.orElse("The test failed.");
    }
}
