package dev.hearth.core.testreport;

import dev.hearth.api.TestSummary;
import dev.hearth.core.text.PlainText;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Creates the summary of a step's test reports in a run's status. */
public final class TestSummaryFactory {
    private static final int FAILURES = 10;
    private static final int SLOWEST = 5;
    private static final int FLAKY = 20;
    private static final int BRIEF = 3;
    private static final int BRIEF_MESSAGE = 100;

    private TestSummaryFactory() {}

    public static TestSummary of(TestReport report) {
        var totals = report.totals();
        return new TestSummary(
                totals.passed(),
                totals.failed(),
                totals.skipped(),
                totals.seconds(),
                report.cases().stream()
                        .filter(test -> test.outcome().isBad())
                        .limit(FAILURES)
                        .map(test -> new TestSummary.Failure(
                                test.id(), nullIfEmpty(test.message()), nullIfEmpty(test.details())))
                        .toList(),
                slowest(report.cases()),
                report.cases().stream()
                        .filter(TestCase::flaky)
                        .map(TestCase::id)
                        .distinct()
                        .limit(FLAKY)
                        .toList(),
                report.problems());
    }

    /** Returns the summary of an attempt that passed, with the failures of the attempt before as flaky tests. */
    public static TestSummary after(@Nullable TestSummary earlier, TestSummary passed) {
        if (earlier == null || earlier.failures().isEmpty()) {
            return passed;
        }
        return new TestSummary(
                passed.passed(),
                passed.failed(),
                passed.skipped(),
                passed.seconds(),
                passed.failures(),
                passed.slowest(),
                Stream.concat(
                                passed.flaky().stream(),
                                earlier.failures().stream().map(TestSummary.Failure::id))
                        .distinct()
                        .limit(FLAKY)
                        .toList(),
                passed.problems());
    }

    /** Returns a shorter summary, for a run whose steps together are too large for its status. */
    public static TestSummary brief(TestSummary summary) {
        return new TestSummary(
                summary.passed(),
                summary.failed(),
                summary.skipped(),
                summary.seconds(),
                summary.failures().stream()
                        .limit(BRIEF)
                        .map(failure -> new TestSummary.Failure(failure.id(), shortened(failure.message()), null))
                        .toList(),
                List.of(),
                summary.flaky().stream().limit(BRIEF).toList(),
                summary.problems().stream().limit(1).toList());
    }

    private static List<TestSummary.Slow> slowest(List<TestCase> cases) {
        return cases.stream()
                .filter(test -> test.seconds().orElse(0) > 0)
                .sorted(Comparator.comparingDouble(
                                (TestCase test) -> test.seconds().orElse(0))
                        .reversed())
                .limit(SLOWEST)
                .map(test -> new TestSummary.Slow(
                        test.id(), Math.round(test.seconds().orElse(0) * 1000) / 1000.0))
                .toList();
    }

    private static @Nullable String nullIfEmpty(String text) {
        return text.isEmpty() ? null : text;
    }

    private static @Nullable String shortened(@Nullable String message) {
        return message == null ? null : PlainText.line(message, BRIEF_MESSAGE);
    }
}
