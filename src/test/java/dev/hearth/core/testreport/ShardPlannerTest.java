package dev.hearth.core.testreport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ShardPlannerTest {

    @Property
    void assignsEveryTestToExactlyOneShard(
            @ForAll("durations") Map<String, Integer> seconds, @ForAll @IntRange(min = 1, max = 12) int shards) {
        var tests = List.copyOf(seconds.keySet());
        var split = ShardPlanner.split(tests, known(seconds, 0.7), shards);
        assertThat(split).hasSize(shards);
        assertThat(split.stream().flatMap(List::stream)).containsExactlyInAnyOrderElementsOf(tests);
    }

    @Property
    void splitDoesNotDependOnTheOrderOfTheList(
            @ForAll("durations") Map<String, Integer> seconds,
            @ForAll @IntRange(min = 1, max = 6) int shards,
            @ForAll long seed) {
        var shuffled = new ArrayList<>(seconds.keySet());
        Collections.shuffle(shuffled, new Random(seed));
        assertThat(ShardPlanner.split(shuffled, known(seconds, 0.7), shards))
                .isEqualTo(ShardPlanner.split(List.copyOf(seconds.keySet()), known(seconds, 0.7), shards));
    }

    @Property
    void noShardTakesAThirdLongerThanInTheBestSplit(
            @ForAll("few") Map<String, Integer> seconds, @ForAll @IntRange(min = 1, max = 3) int shards) {
        var split = ShardPlanner.split(List.copyOf(seconds.keySet()), known(seconds, 1), shards);
        // The planner adds a millisecond to every test.
        assertThat(3.0 * fullest(split, seconds)).isLessThanOrEqualTo(4.0 * best(seconds, shards) + 1);
    }

    @Property
    void shardsDifferByNoMoreThanTheLongestTest(
            @ForAll("durations") Map<String, Integer> seconds, @ForAll @IntRange(min = 1, max = 12) int shards) {
        var loads = ShardPlanner.split(List.copyOf(seconds.keySet()), known(seconds, 1), shards).stream()
                .mapToInt(shard -> shard.stream().mapToInt(seconds::get).sum())
                .summaryStatistics();
        var longest = seconds.values().stream().mapToInt(it -> it).max().orElse(0);
        assertThat(loads.getMax() - loads.getMin()).isLessThanOrEqualTo(longest + 1);
    }

    @Property
    void splitsEvenlyWithoutDurations(
            @ForAll @IntRange(max = 50) int tests, @ForAll @IntRange(min = 1, max = 12) int shards) {
        var names = IntStream.range(0, tests).mapToObj(i -> "test" + i).toList();
        var sizes = ShardPlanner.split(names, TestDurations.NONE, shards).stream()
                .mapToInt(List::size)
                .summaryStatistics();
        assertThat(sizes.getMax() - sizes.getMin()).isLessThanOrEqualTo(1);
    }

    @Property
    void newTestThatIsFasterThanAllOthersMovesNone(
            @ForAll("durations") Map<String, Integer> seconds, @ForAll @IntRange(min = 1, max = 6) int shards) {
        var before = ShardPlanner.split(List.copyOf(seconds.keySet()), known(seconds, 1), shards);
        var more = new HashMap<>(seconds);
        more.put("new", 0);
        var after = ShardPlanner.split(List.copyOf(more.keySet()), known(more, 1), shards);
        assertThat(after.stream()
                        .map(shard ->
                                shard.stream().filter(it -> !it.equals("new")).toList()))
                .isEqualTo(before);
    }

    @Test
    void assumesTheMedianForUnknownTests() {
        var known = known(Map.of("a", 10, "b", 10, "c", 10, "d", 1), 1);
        assertThat(ShardPlanner.split(List.of("a", "b", "c", "d", "unknown"), known, 2))
                .containsExactly(List.of("a", "c", "d"), List.of("b", "unknown"));
    }

    @Test
    void leavesShardsEmptyIfThereAreFewerTests() {
        assertThat(ShardPlanner.split(List.of("b", "a"), TestDurations.NONE, 4))
                .containsExactly(List.of("a"), List.of("b"), List.of(), List.of());
    }

    @Test
    void readsOneTestPerLine() {
        assertThat(ShardPlanner.list(" one \n\n\ttwo\r\none\nthree")).containsExactly("one", "two", "three");
    }

    @Provide
    Arbitrary<Map<String, Integer>> durations() {
        return Arbitraries.maps(
                        Arbitraries.strings()
                                .withCharRange('a', 'm')
                                .ofMinLength(1)
                                .ofMaxLength(3),
                        Arbitraries.integers().between(1, 100))
                .ofMaxSize(40);
    }

    @Provide
    Arbitrary<Map<String, Integer>> few() {
        return Arbitraries.maps(
                        Arbitraries.strings()
                                .withCharRange('a', 'm')
                                .ofMinLength(1)
                                .ofMaxLength(2),
                        Arbitraries.integers().between(1, 30))
                .ofMaxSize(8);
    }

    /** Returns the time of the slowest shard in the best of all splits. */
    private static int best(Map<String, Integer> seconds, int shards) {
        return best(List.copyOf(seconds.values()), 0, new int[shards]);
    }

    private static int best(List<Integer> seconds, int from, int[] loads) {
        if (from == seconds.size()) {
            return IntStream.of(loads).max().orElse(0);
        }
        var best = Integer.MAX_VALUE;
        for (int i = 0; i < loads.length; i++) {
            loads[i] += seconds.get(from);
            best = Math.min(best, best(seconds, from + 1, loads));
            loads[i] -= seconds.get(from);
        }
        return best;
    }

    private static int fullest(List<List<String>> split, Map<String, Integer> seconds) {
        return split.stream()
                .mapToInt(shard -> shard.stream().mapToInt(seconds::get).sum())
                .max()
                .orElse(0);
    }

    /** Returns the durations of a part of the tests. */
    private static TestDurations known(Map<String, Integer> seconds, double part) {
        var tests = new TreeMap<String, Double>();
        seconds.forEach((name, of) -> {
            if (part == 1 || name.hashCode() % 10 < part * 10) {
                tests.put(name, of.doubleValue());
            }
        });
        return new TestDurations(new TreeMap<>(Map.of("", tests)), new TreeMap<>());
    }
}
