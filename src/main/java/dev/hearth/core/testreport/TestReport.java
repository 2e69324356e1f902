package dev.hearth.core.testreport;

import java.util.List;

/**
 * The test reports of a step together: totals of all tests, and a limited number of the tests.
 *
 * @param cases in the order of the reports
 * @param leftOut number of tests that are only in the totals
 * @param problems the first few problems with files that could not be read completely
 */
public record TestReport(Totals totals, List<TestCase> cases, int leftOut, List<String> problems) {

    public TestReport {
        cases = List.copyOf(cases);
        problems = List.copyOf(problems);
    }

    /** Sums over all tests. Errors count as failed, flaky tests as passed. */
    public record Totals(int passed, int failed, int skipped, int flaky, double seconds) {}
}
