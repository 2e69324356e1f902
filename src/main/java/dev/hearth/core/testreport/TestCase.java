package dev.hearth.core.testreport;

import dev.hearth.api.BuiltCompletely;
import dev.hearth.core.text.PlainText;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One test in a report. Its texts have no control characters and a limited length.
 *
 * @param classname class, module or package, depending on the tool; may be empty
 * @param file source file; empty if the report does not name it
 * @param seconds duration; empty if the report does not have it
 * @param flaky whether the report says that the test failed before it passed
 * @param message the start of the failure message; empty if the test did not fail
 * @param details the first lines of the failure's details; empty if the test did not fail
 * @param failedAt where it failed, as far as the report tells
 */
@BuiltCompletely
public record TestCase(
        String classname,
        String name,
        String file,
        OptionalDouble seconds,
        Outcome outcome,
        boolean flaky,
        String message,
        String details,
        Optional<SourceLine> failedAt) {
    private static final int LONGEST_NAME = 200;
    private static final int LONGEST_MESSAGE = 300;
    private static final int LINES = 5;
    private static final int LONGEST_DETAILS = 500;
    /** A year. A longer or invalid duration is an error in the report, and is ignored because it would distort sums. */
    private static final double LONGEST_SECONDS = 365 * 24 * 3600;

    /** How a test ended. */
    public enum Outcome {
        Passed,
        Failed,
        Error,
        Skipped;

        public boolean isBad() {
            return this == Failed || this == Error;
        }
    }

    public TestCase {
        classname = PlainText.line(classname, LONGEST_NAME);
        name = PlainText.line(name, LONGEST_NAME);
        file = PlainText.line(file, LONGEST_NAME);
        message = PlainText.line(message, LONGEST_MESSAGE);
        details = PlainText.lines(details, LINES, LONGEST_DETAILS);
        if (!(seconds.orElse(0) >= 0 && seconds.orElse(0) <= LONGEST_SECONDS)) {
            seconds = OptionalDouble.empty();
        }
    }

    /** Returns the id of the test within its step. A failure of a whole class has the id of the class. */
    public String id() {
        if (name.isEmpty() || classname.isEmpty() || classname.equals(name)) {
            return name.isEmpty() && classname.isEmpty() ? "unnamed test" : name.isEmpty() ? classname : name;
        }
        return classname + "." + name;
    }
}
