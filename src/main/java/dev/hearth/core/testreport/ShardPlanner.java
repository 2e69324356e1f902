package dev.hearth.core.testreport;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * Splits a list of tests into shards that should take equally long: the longest first, each to the shard with the least to
 * do. So no shard takes more than a third longer than the best split could. The same tests and durations give the same
 * split; a new test that takes less time than every other moves none, one that takes more may move all that are shorter.
 */
public final class ShardPlanner {
    /** What every test costs, so that those that take no time are spread as well. */
    private static final long LEAST_MILLIS = 1;

    private ShardPlanner() {}

    /** Tests of a list in a file: one a line; the same line twice is the same test. */
    public static List<String> list(String text) {
        return text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .distinct()
                .toList();
    }

    /** As many lists as there are shards, each sorted by name; those that get no test are empty. */
    public static List<List<String>> split(List<String> tests, TestDurations durations, int shards) {
        var lookup = durations.lookup();
        var known = tests.stream().distinct().map(lookup::seconds).toList();
        var otherwise = median(known);
        var all = tests.stream()
                .distinct()
                .map(test -> new Weighed(test, millis(lookup.seconds(test).orElse(otherwise))))
                .sorted(Comparator.comparingLong(Weighed::millis).reversed().thenComparing(Weighed::test))
                .toList();
        var loads = IntStream.range(0, shards).mapToObj(_ -> new Load()).toList();
        all.forEach(test -> loads.stream()
                .min(Comparator.comparingLong(Load::millis))
                .orElseThrow(() -> new IllegalArgumentException("there has to be a shard"))
                .add(test));
        return loads.stream().map(Load::sorted).toList();
    }

    /** Of the tests that nothing is known of; where nothing is known of any, all weigh the same. */
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
