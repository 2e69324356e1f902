package dev.hearth.core.testreport;

import dev.hearth.core.text.BoundedText;
import java.util.OptionalDouble;

/**
 * One test as a report tells it, its texts plain and bounded.
 *
 * @param classname class, module, package or whatever a report has in its place; may be empty
 * @param file source file, where the report names it; else empty
 * @param seconds that it took, where the report says so
 * @param flaky whether the report says that it failed before it passed
 * @param message the first words on why it failed; else empty
 * @param details the first lines on why it failed; else empty
 */
public record TestCase(
        String classname,
        String name,
        String file,
        OptionalDouble seconds,
        Outcome outcome,
        boolean flaky,
        String message,
        String details) {
    private static final int LONGEST_NAME = 200;
    private static final int LONGEST_MESSAGE = 300;
    private static final int LINES = 5;
    private static final int LONGEST_DETAILS = 500;
    /** A year: what is longer, or no number, is a mistake of the report, and would spoil every sum. */
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
        classname = BoundedText.line(classname, LONGEST_NAME);
        name = BoundedText.line(name, LONGEST_NAME);
        file = BoundedText.line(file, LONGEST_NAME);
        message = BoundedText.line(message, LONGEST_MESSAGE);
        details = BoundedText.lines(details, LINES, LONGEST_DETAILS);
        if (!(seconds.orElse(0) >= 0 && seconds.orElse(0) <= LONGEST_SECONDS)) {
            seconds = OptionalDouble.empty();
        }
    }

    /** What tells it from other tests of its step; a failure of a whole class has no name of its own. */
    public String id() {
        if (name.isEmpty() || classname.isEmpty() || classname.equals(name)) {
            return name.isEmpty() && classname.isEmpty() ? "unnamed test" : name.isEmpty() ? classname : name;
        }
        return classname + "." + name;
    }
}
