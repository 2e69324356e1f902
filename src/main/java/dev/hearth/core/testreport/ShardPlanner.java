package dev.hearth.core.testreport;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * Splits a list of tests into shards that take about the same time. It assigns the longest tests first, each to the shard
 * with the least total, so no shard takes more than a third longer than in the best split. Equal tests and durations give an
 * equal split. A new test moves at most the tests that are shorter than it.
 */
public final class ShardPlanner {
    /** Added to every test, so that tests of no duration are spread too. */
    private static final long LEAST_MILLIS = 1;

    private ShardPlanner() {}

    /** Returns the tests in the text of a list file, one per line. Equal lines are one test. */
    public static List<String> list(String text) {
        return text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .distinct()
                .toList();
    }

    /** Returns one list per shard, sorted by name. A shard without tests has an empty list. */
    public static List<List<String>> split(List<String> tests, TestDurations durations, int shards) {
        var lookup = durations.lookup();
        var known = tests.stream().distinct().map(lookup::seconds).toList();
        var fallback = median(known);
        var all = tests.stream()
                .distinct()
                .map(test -> new Weighed(test, millis(lookup.seconds(test).orElse(fallback))))
                .sorted(Comparator.comparingLong(Weighed::millis).reversed().thenComparing(Weighed::test))
                .toList();
        var loads = IntStream.range(0, shards).mapToObj(_ -> new Load()).toList();
        all.forEach(test -> loads.stream()
                .min(Comparator.comparingLong(Load::millis))
                .orElseThrow(() -> new IllegalArgumentException("the number of shards must be positive"))
                .add(test));
        return loads.stream().map(Load::sorted).toList();
    }

    /** Returns the duration to assume for tests of unknown duration. */
    private static double median(List<OptionalDouble> known) {
        var seconds =
                known.stream().flatMapToDouble(OptionalDouble::stream).sorted().toArray();
        return seconds.length == 0 ? 1 : seconds[seconds.length / 2];
    }

    private static long millis(double seconds) {
        return LEAST_MILLIS + Math.round(seconds * 1000);
    }

    private record Weighed(String test, long millis) {}

    private static final class Load {
        private final List<String> tests = new ArrayList<>();
        private long millis;

        long millis() {
            return millis;
        }

        void add(Weighed test) {
            tests.add(test.test());
            millis += test.millis();
        }

        List<String> sorted() {
            return tests.stream().sorted().toList();
        }
    }
}
