package dev.hearth.core.testreport;

import dev.hearth.api.FlakyTest;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.StepStatus;
import dev.hearth.api.TestSummary;
import dev.hearth.api.Trust;
import dev.hearth.core.plan.MatrixCell;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds flaky tests: those that failed and passed on the same commit in different attempts or runs, and those that a report
 * marks as flaky. A status lists failed tests only. A test counts as passed if the list is complete and does not contain it,
 * and at least as many tests ran.
 */
public final class FlakyTestFinder {
    private static final int MOST = 20;
    private static final int RUNS = 30;
    private static final Pattern SHARD = Pattern.compile("(.*)\\[" + MatrixCell.SHARD + "=([0-9]+)]");

    private FlakyTestFinder() {}

    /**
     * The test results of one attempt of a step.
     *
     * @param step the same for all shards of a task, since a test may move from one shard to another
     * @param shard empty for a step that is not a shard
     */
    public record Ran(String run, String commit, String step, String shard, int attempt, TestSummary summary) {}

    /**
     * Returns the flaky tests of the last trusted runs of a pipeline. Reports of untrusted runs do not count: their authors
     * could fill the list with names of tests that do not exist.
     */
    public static List<FlakyTest> inTrustedRuns(Collection<PipelineRun> runs) {
        return of(runs.stream()
                .filter(run -> run.getStatus() != null
                        && run.getStatus().finishedAt() != null
                        && run.getStatus().trust() == Trust.Trusted)
                .sorted(Comparator.comparing((PipelineRun run) ->
                                Objects.requireNonNull(run.getStatus().finishedAt()))
                        .reversed())
                .limit(RUNS)
                .flatMap(FlakyTestFinder::reported)
                .toList());
    }

    private static Stream<Ran> reported(PipelineRun run) {
        var commit = run.getStatus().commit();
        return commit == null
                ? Stream.empty()
                : run.getStatus().steps().stream()
                        .filter(step -> step.tests() != null)
                        .map(step -> reported(run.name(), commit, step));
    }

    private static Ran reported(String run, String commit, StepStatus step) {
        var shard = SHARD.matcher(step.name());
        var sharded = shard.matches();
        return new Ran(
                run,
                commit,
                sharded ? shard.group(1) : step.name(),
                sharded ? shard.group(2) : "",
                step.attempt(),
                Objects.requireNonNull(step.tests()));
    }

    /**
     * Returns the tests that are flaky most often, and of equal ones the most recent first.
     *
     * @param newestFirst the attempts of the last runs
     */
    public static List<FlakyTest> of(List<Ran> newestFirst) {
        var runs = new LinkedHashMap<Test, Set<String>>();
        var results = Stream.concat(
                grouped(newestFirst, ran -> List.of(ran.run(), ran.step(), ran.shard())).stream()
                        .map(attempts -> attempts.stream().map(StepResult::of).toList()),
                grouped(newestFirst, ran -> List.of(ran.commit(), ran.step())).stream()
                        .map(FlakyTestFinder::wholeRuns));
        results.forEach(sameCommit -> changed(sameCommit)
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

    /** Returns the combined results of the last attempts of all shards, for each run. */
    private static List<StepResult> wholeRuns(List<Ran> sameCommit) {
        return grouped(sameCommit, Ran::run).stream()
                .map(run -> grouped(run, Ran::shard).stream()
                        .map(attempts -> attempts.stream()
                                .max(Comparator.comparingInt(Ran::attempt))
                                .orElseThrow())
                        .map(StepResult::of)
                        .reduce(StepResult::and)
                        .orElseThrow())
                .toList();
    }

    /** Returns the tests that failed in one of these and passed in another, with the runs in which they failed. */
    private static Map<Test, Set<String>> changed(List<StepResult> results) {
        var changed = new LinkedHashMap<Test, Set<String>>();
        for (StepResult failing : results) {
            for (String id : failing.failed()) {
                if (results.stream().anyMatch(other -> other.passed(id, failing))) {
                    changed.computeIfAbsent(new Test(failing.step(), id), _ -> new LinkedHashSet<>())
                            .add(failing.run());
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
     * The test results of a step at one time.
     *
     * @param failed ids of failed tests
     * @param complete whether all failed tests are listed
     * @param tests number of tests
     */
    private record StepResult(String run, String step, Set<String> failed, boolean complete, int tests) {

        static StepResult of(Ran ran) {
            var summary = ran.summary();
            return new StepResult(
                    ran.run(),
                    ran.step(),
                    summary.failures().stream()
                            .map(TestSummary.Failure::id)
                            .collect(Collectors.toCollection(LinkedHashSet::new)),
                    summary.failures().size() == summary.failed()
                            && summary.problems().isEmpty(),
                    summary.passed() + summary.failed() + summary.skipped());
        }

        StepResult and(StepResult shard) {
            var all = new LinkedHashSet<>(failed);
            all.addAll(shard.failed);
            return new StepResult(run, step, all, complete && shard.complete, tests + shard.tests);
        }

        boolean passed(String id, StepResult failing) {
            return complete && tests >= failing.tests && !failed.contains(id);
        }
    }
}
