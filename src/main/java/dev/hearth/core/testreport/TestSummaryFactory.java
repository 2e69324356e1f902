package dev.hearth.core.testreport;

import dev.hearth.api.TestSummary;
import dev.hearth.api.TestSummaryBuilder;
import dev.hearth.api.TestSummaryFailureBuilder;
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
        return TestSummaryBuilder.builder()
                .passed(totals.passed())
                .failed(totals.failed())
                .skipped(totals.skipped())
                .seconds(totals.seconds())
                .failures(report.cases().stream()
                        .filter(test -> test.outcome().isBad())
                        .limit(FAILURES)
                        .map(test -> TestSummaryFailureBuilder.builder()
                                .id(test.id())
                                .message(nullIfEmpty(test.message()))
                                .details(nullIfEmpty(test.details()))
                                .file(test.failedAt().map(SourceLine::file).orElse(null))
                                .line(test.failedAt().map(SourceLine::line).orElse(null))
                                .build())
                        .toList())
                .slowest(slowest(report.cases()))
                .flaky(report.cases().stream()
                        .filter(TestCase::flaky)
                        .map(TestCase::id)
                        .distinct()
                        .limit(FLAKY)
                        .toList())
                .problems(report.problems())
                .build();
    }

    /** Returns the summary of an attempt that passed, with the failures of the attempt before as flaky tests. */
    public static TestSummary after(@Nullable TestSummary earlier, TestSummary passed) {
        if (earlier == null || earlier.failures().isEmpty()) {
            return passed;
        }
        return passed.withFlaky(Stream.concat(
                        passed.flaky().stream(), earlier.failures().stream().map(TestSummary.Failure::id))
                .distinct()
                .limit(FLAKY)
                .toList());
    }

    /** Returns a shorter summary, for a run whose steps together are too large for its status. */
    public static TestSummary brief(TestSummary summary) {
        return summary.with()
                .failures(summary.failures().stream()
                        .limit(BRIEF)
                        .map(failure -> TestSummaryFailureBuilder.builder()
                                .id(failure.id())
                                .message(shortened(failure.message()))
                                .build())
                        .toList())
                .slowest(List.of())
                .flaky(summary.flaky().stream().limit(BRIEF).toList())
                .problems(summary.problems().stream().limit(1).toList())
                .build();
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
