package dev.hearth.core.testreport;

import dev.hearth.api.FlakyTest;
import dev.hearth.api.TestSummary;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which tests both failed and passed on the same commit, in different attempts or runs, or are called flaky by a report. A
 * status does not list what passed: a test is taken to have passed where all that failed is listed, it is not among it,
 * and no fewer tests ran.
 */
public final class FlakyTestFinder {
    private static final int MOST = 20;

    private FlakyTestFinder() {}

    /**
     * What one attempt at a step reported.
     *
     * @param step the same for all shards of a step, since a test may move from one to another
     * @param shard empty for a step without
     */
    public record Ran(String run, String commit, String step, String shard, int attempt, TestSummary summary) {}

    /** The most often flaky first, of equal ones the last seen; {@code newestFirst} holds the attempts of the last runs. */
    public static List<FlakyTest> of(List<Ran> newestFirst) {
        var runs = new LinkedHashMap<Test, Set<String>>();
        var verdicts = Stream.concat(
                grouped(newestFirst, ran -> List.of(ran.run(), ran.step(), ran.shard())).stream()
                        .map(attempts -> attempts.stream().map(StepVerdict::of).toList()),
                grouped(newestFirst, ran -> List.of(ran.commit(), ran.step())).stream()
                        .map(FlakyTestFinder::wholeRuns));
        verdicts.forEach(sameCommit -> changed(sameCommit)
                .forEach((test, of) ->
                        runs.computeIfAbsent(test, _ -> new LinkedHashSet<>()).addAll(of)));
        newestFirst.forEach(ran -> ran.summary()
                .flaky()
                .forEach(id -> runs.computeIfAbsent(new Test(ran.step(), id), _ -> new LinkedHashSet<>())
                        .add(ran.run())));
        var order = newestFirst.stream().map(Ran::run).distinct().toList();
        return runs.entrySet().stream()
                .map(entry -> flaky(entry.getKey(), entry.getValue(), newestFirst, order))
                .sorted(Comparator.comparingInt(FlakyTest::flakyRuns)
                        .reversed()
                        .thenComparingInt(test -> order.indexOf(test.lastRun()))
                        .thenComparing(FlakyTest::step)
                        .thenComparing(FlakyTest::id))
                .limit(MOST)
                .toList();
    }

    private static FlakyTest flaky(Test test, Set<String> flakyIn, List<Ran> all, List<String> order) {
        var reported = all.stream()
                .filter(ran -> ran.step().equals(test.step()))
                .map(Ran::run)
                .distinct()
                .count();
        var last = order.stream().filter(flakyIn::contains).findFirst().orElseThrow();
        return new FlakyTest(test.id(), test.step(), flakyIn.size(), (int) reported, last);
    }

    /** The last attempts at all shards of a step, of each run. */
    private static List<StepVerdict> wholeRuns(List<Ran> sameCommit) {
        return grouped(sameCommit, Ran::run).stream()
                .map(run -> grouped(run, Ran::shard).stream()
                        .map(attempts -> attempts.stream()
                                .max(Comparator.comparingInt(Ran::attempt))
                                .orElseThrow())
                        .map(StepVerdict::of)
                        .reduce(StepVerdict::and)
                        .orElseThrow())
                .toList();
    }

    /** Tests that failed in one of these and passed in another, with the runs in which they failed. */
    private static Map<Test, Set<String>> changed(List<StepVerdict> verdicts) {
        var changed = new LinkedHashMap<Test, Set<String>>();
        for (StepVerdict bad : verdicts) {
            for (String id : bad.failed()) {
                if (verdicts.stream().anyMatch(good -> good.passed(id, bad))) {
                    changed.computeIfAbsent(new Test(bad.step(), id), _ -> new LinkedHashSet<>())
                            .add(bad.run());
                }
            }
        }
        return changed;
    }

    private static <K> Collection<List<Ran>> grouped(List<Ran> all, Function<Ran, K> by) {
        return all.stream()
                .collect(Collectors.groupingBy(by, LinkedHashMap::new, Collectors.toList()))
                .values();
    }

    private record Test(String step, String id) {}

    /**
     * What is known of the tests of a step at one time.
     *
     * @param complete whether all that failed is listed
     */
    private record StepVerdict(String run, String step, Set<String> failed, boolean complete, int tests) {

        static StepVerdict of(Ran ran) {
            var summary = ran.summary();
            return new StepVerdict(
                    ran.run(),
                    ran.step(),
                    summary.failures().stream()
                            .map(TestSummary.Failure::id)
                            .collect(Collectors.toCollection(LinkedHashSet::new)),
                    summary.failures().size() == summary.failed()
                            && summary.problems().isEmpty(),
                    summary.passed() + summary.failed() + summary.skipped());
        }

        StepVerdict and(StepVerdict shard) {
            var all = new LinkedHashSet<>(failed);
            all.addAll(shard.failed);
            return new StepVerdict(run, step, all, complete && shard.complete, tests + shard.tests);
        }

        boolean passed(String id, StepVerdict bad) {
            return complete && tests >= bad.tests && !failed.contains(id);
        }
    }
}
