package dev.hearth.core.testreport;

import dev.hearth.core.text.PlainText;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.PriorityQueue;
import java.util.stream.Stream;

/**
 * Builds a report from any number of tests in limited memory. It keeps the first tests that failed or were flaky, and the
 * slowest of the others.
 */
public final class TestTally {
    private static final int MOST_PROBLEMS = 10;
    private static final int LONGEST_PROBLEM = 300;

    private final int mostNotable;
    private final int mostOthers;
    private final List<Ranked> notable = new ArrayList<>();
    private final PriorityQueue<Ranked> others = new PriorityQueue<>(Comparator.comparingDouble(Ranked::seconds)
            .thenComparing(Comparator.comparingLong(Ranked::order).reversed()));
    private final List<String> problems = new ArrayList<>();
    private int passed;
    private int failed;
    private int skipped;
    private int flaky;
    private long millis;
    private long added;

    public TestTally() {
        this(1000, 20_000);
    }

    TestTally(int mostNotable, int mostOthers) {
        this.mostNotable = mostNotable;
        this.mostOthers = mostOthers;
    }

    public void add(TestCase test) {
        switch (test.outcome()) {
            case Passed -> passed++;
            case Failed, Error -> failed++;
            case Skipped -> skipped++;
        }
        note(test);
    }

    /** Returns whether a test that failed would be kept if it were added next. */
    public boolean keepsFailures() {
        return notable.size() < mostNotable;
    }

    /** Adds failures that a suite counts but does not list, as one failure with the suite's name. Does nothing for 0. */
    public void addUnlisted(int failures, String suite, String why) {
        if (failures > 0) {
            failed = (int) Math.min(Integer.MAX_VALUE, (long) failed + failures);
            note(TestCaseBuilder.builder()
                    .classname("")
                    .name(suite)
                    .file("")
                    .seconds(OptionalDouble.empty())
                    .outcome(TestCase.Outcome.Error)
                    .flaky(false)
                    .message(why)
                    .details("")
                    .failedAt(Optional.empty())
                    .build());
        }
    }

    private void note(TestCase test) {
        flaky += test.flaky() ? 1 : 0;
        millis += Math.round(test.seconds().orElse(0) * 1000);
        keep(new Ranked(added++, test));
    }

    /** Adds the problem that a file could not be read completely. */
    public void problem(String problem) {
        if (problems.size() < MOST_PROBLEMS) {
            problems.add(PlainText.line(problem, LONGEST_PROBLEM));
        }
    }

    public TestReport report() {
        var kept = Stream.concat(notable.stream(), others.stream())
                .sorted(Comparator.comparingLong(Ranked::order))
                .map(Ranked::test)
                .toList();
        var totals = new TestReport.Totals(passed, failed, skipped, flaky, millis / 1000.0);
        return new TestReport(totals, kept, Math.toIntExact(added - kept.size()), problems);
    }

    private void keep(Ranked one) {
        if (one.test().outcome().isBad() || one.test().flaky()) {
            if (notable.size() < mostNotable) {
                notable.add(one);
            }
            return;
        }
        others.add(one);
        if (others.size() > mostOthers) {
            others.remove();
        }
    }

    private record Ranked(long order, TestCase test) {
        double seconds() {
            return test.seconds().orElse(0);
        }
    }
}
