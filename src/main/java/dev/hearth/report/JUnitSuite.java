package dev.hearth.report;

import dev.hearth.core.testreport.TestCase;
import java.util.Optional;

/** What a suite of a JUnit report counts in its attributes, beside the tests that it lists. */
final class JUnitSuite {
    private final String name;
    private final int countedTests;
    private final int countedFailures;
    private int tests;
    private int failures;
    private boolean flaky;

    /** With the values of its attributes; a count that is no number is none. */
    JUnitSuite(String name, String tests, String failures, String errors) {
        this.name = name.isBlank() ? "unnamed suite" : name;
        this.countedTests = count(tests);
        this.countedFailures = count(failures) + count(errors);
    }

    String name() {
        return name;
    }

    /** A test in it, or the failure of the suite itself. */
    void add(TestCase test) {
        tests++;
        failures += test.outcome().isBad() ? 1 : 0;
        flaky |= test.flaky();
    }

    /** A suite in it that has ended. */
    void add(JUnitSuite inner) {
        tests += inner.tests + inner.unlistedFailures();
        failures += inner.failures + inner.unlistedFailures();
        flaky |= inner.flaky;
    }

    /**
     * Failures that it counts where it lists none at all. Tools differ in what they count of a test that failed twice or
     * passed later, so where some are listed, or one was flaky, these are taken for all.
     */
    int unlistedFailures() {
        return failures == 0 && !flaky ? countedFailures : 0;
    }

    /** What its counts say and its list does not. */
    Optional<String> gap() {
        if (unlistedFailures() > 0) {
            return Optional.of("suite " + name + " counts " + countedFailures + " failed tests and lists none of them");
        }
        return tests == 0 && countedTests > 0
                ? Optional.of("suite " + name + " counts " + countedTests + " tests and lists none of them")
                : Optional.empty();
    }

    /** Seven digits at most: sums over a file of such counts fit. */
    private static int count(String text) {
        return text.matches("[0-9]{1,7}") ? Integer.parseInt(text) : 0;
    }
}
