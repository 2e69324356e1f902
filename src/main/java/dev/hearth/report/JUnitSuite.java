package dev.hearth.report;

import dev.hearth.core.testreport.TestCase;
import java.util.Optional;

/** Compares what a suite of a JUnit report counts in its attributes with the tests that it lists. */
final class JUnitSuite {
    private final String name;
    private final int countedTests;
    private final int countedFailures;
    private int tests;
    private int failures;
    private boolean flaky;

    /** Creates a suite from the values of its attributes. An invalid count is 0. */
    JUnitSuite(String name, String tests, String failures, String errors) {
        this.name = name.isBlank() ? "unnamed suite" : name;
        this.countedTests = count(tests);
        this.countedFailures = count(failures) + count(errors);
    }

    String name() {
        return name;
    }

    /** Adds a test in the suite, or a failure of the suite itself. */
    void add(TestCase test) {
        tests++;
        failures += test.outcome().isBad() ? 1 : 0;
        flaky |= test.flaky();
    }

    /** Adds a suite in this suite that was read to its end. */
    void add(JUnitSuite inner) {
        tests += inner.tests + inner.unlistedFailures();
        failures += inner.failures + inner.unlistedFailures();
        flaky |= inner.flaky;
    }

    /**
     * Returns the number of counted failures if no failure is listed, or else 0. Tools differ in how they count a test that
     * failed twice or passed later, so a count is ignored if a failed or flaky test is listed.
     */
    int unlistedFailures() {
        return failures == 0 && !flaky ? countedFailures : 0;
    }

    /** Returns the problem that the suite counts tests without listing any; empty if it does not. */
    Optional<String> gap() {
        if (unlistedFailures() > 0) {
            return Optional.of("suite " + name + " counts " + countedFailures + " failed tests and lists none of them");
        }
        return tests == 0 && countedTests > 0
                ? Optional.of("suite " + name + " counts " + countedTests + " tests and lists none of them")
                : Optional.empty();
    }

    /** Accepts at most seven digits, so that sums over a file do not overflow. */
    private static int count(String text) {
        return text.matches("[0-9]{1,7}") ? Integer.parseInt(text) : 0;
    }
}
