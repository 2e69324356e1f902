package dev.hearth.core.testreport;

import java.util.List;

/**
 * All test reports of a step: totals of all tests, and as many of the tests as there is room for.
 *
 * @param cases in the order in which they were reported
 * @param leftOut tests that only the totals know
 * @param problems of files that could not be read, or not to their end: the first few
 */
public record TestReport(Totals totals, List<TestCase> cases, int leftOut, List<String> problems) {

    public TestReport {
        cases = List.copyOf(cases);
        problems = List.copyOf(problems);
    }

    /** Sums over all tests; errors are among the failed ones, flaky ones among those that passed. */
    public record Totals(int passed, int failed, int skipped, int flaky, double seconds) {}
}
