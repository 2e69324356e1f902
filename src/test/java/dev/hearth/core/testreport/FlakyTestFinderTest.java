package dev.hearth.core.testreport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.FlakyTest;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.TestSummary;
import dev.hearth.api.TestSummaryBuilder;
import dev.hearth.api.TestSummaryFailureBuilder;
import dev.hearth.core.testreport.FlakyTestFinder.Ran;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FlakyTestFinderTest {

    @Test
    void findsATestThatFailedAndPassedInAnotherAttempt() {
        assertThat(FlakyTestFinder.of(List.of(ran("r1", "c1", 2, failed(10)), ran("r1", "c1", 1, failed(10, "a")))))
                .containsExactly(new FlakyTest("a", "unit", 1, 1, "r1"));
    }

    @Test
    void findsATestThatFailedAndPassedInAnotherRunOfTheCommit() {
        assertThat(FlakyTestFinder.of(List.of(
                        ran("r3", "c2", 1, failed(10)),
                        ran("r2", "c1", 1, failed(10, "b")),
                        ran("r1", "c1", 1, failed(10, "a", "b")))))
                .containsExactly(new FlakyTest("a", "unit", 1, 3, "r1"));
    }

    @Test
    void ignoresATestThatPassedOnAnotherCommit() {
        assertThat(FlakyTestFinder.of(List.of(ran("r2", "c2", 1, failed(10)), ran("r1", "c1", 1, failed(10, "a")))))
                .isEmpty();
    }

    @Test
    void ignoresATestThatAlwaysFails() {
        assertThat(FlakyTestFinder.of(List.of(
                        ran("r1", "c1", 3, failed(10, "a")),
                        ran("r1", "c1", 2, failed(10, "a", "b")),
                        ran("r1", "c1", 1, failed(10, "a", "b")))))
                .extracting(FlakyTest::id)
                .containsExactly("b");
    }

    @Test
    void doesNotCountATestAsPassedThatMayNotHaveRun() {
        // The second attempt ran fewer tests, or does not list all failures, or has an unreadable report.
        assertThat(FlakyTestFinder.of(List.of(ran("r1", "c1", 2, failed(4)), ran("r1", "c1", 1, failed(10, "a")))))
                .isEmpty();
        var unlisted = TestSummaryBuilder.builder()
                .passed(0)
                .failed(30)
                .skipped(0)
                .seconds(1)
                .failures(failed(10, "b").failures())
                .build();
        assertThat(FlakyTestFinder.of(List.of(ran("r1", "c1", 2, unlisted), ran("r1", "c1", 1, failed(10, "a")))))
                .isEmpty();
        var unread = TestSummaryBuilder.builder()
                .passed(20)
                .failed(0)
                .skipped(0)
                .seconds(1)
                .problems(List.of("x.xml is empty"))
                .build();
        assertThat(FlakyTestFinder.of(List.of(ran("r1", "c1", 2, unread), ran("r1", "c1", 1, failed(10, "a")))))
                .isEmpty();
    }

    @Test
    void findsTestsThatAReportMarksAsFlaky() {
        assertThat(FlakyTestFinder.of(List.of(ran("r2", "c2", 1, flaky("a", "b")), ran("r1", "c1", 1, flaky("a")))))
                .containsExactly(new FlakyTest("a", "unit", 2, 2, "r2"), new FlakyTest("b", "unit", 1, 2, "r2"));
    }

    @Test
    void ignoresATestThatFailsInDifferentShards() {
        // Given: the test fails in both runs, each time in another shard
        var first = List.of(shard("r1", "1", failed(5, "a")), shard("r1", "2", failed(5)));
        var second = List.of(shard("r2", "1", failed(5)), shard("r2", "2", failed(5, "a")));

        assertThat(FlakyTestFinder.of(
                        Stream.concat(second.stream(), first.stream()).toList()))
                .isEmpty();
    }

    @Test
    void findsATestThatFailsAndPassesInDifferentShards() {
        var first = List.of(shard("r1", "1", failed(5, "a")), shard("r1", "2", failed(5)));
        var second = List.of(shard("r2", "1", failed(5)), shard("r2", "2", failed(5)));

        assertThat(FlakyTestFinder.of(
                        Stream.concat(second.stream(), first.stream()).toList()))
                .containsExactly(new FlakyTest("a", "unit", 1, 2, "r1"));
    }

    @Test
    void listsTheMostOftenFlakyTestsFirst() {
        var all = IntStream.range(0, 30)
                .mapToObj(i -> ran("r" + i, "c" + i, 1, flaky("often", "test" + i)))
                .toList();
        assertThat(FlakyTestFinder.of(all))
                .hasSize(20)
                .startsWith(new FlakyTest("often", "unit", 30, 30, "r0"), new FlakyTest("test0", "unit", 1, 30, "r0"));
    }

    private static Ran ran(String run, String commit, int attempt, TestSummary summary) {
        return new Ran(run, commit, "unit", "", attempt, summary);
    }

    private static Ran shard(String run, String shard, TestSummary summary) {
        return new Ran(run, "c1", "unit", shard, 1, summary);
    }

    private static TestSummary failed(int all, String... ids) {
        var failures = Stream.of(ids)
                .map(id -> TestSummaryFailureBuilder.builder().id(id).build())
                .toList();
        return TestSummaryBuilder.builder()
                .passed(all - ids.length)
                .failed(ids.length)
                .skipped(0)
                .seconds(1)
                .failures(failures)
                .build();
    }

    private static TestSummary flaky(String... ids) {
        return TestSummaryBuilder.builder()
                .passed(5)
                .failed(0)
                .skipped(0)
                .seconds(1)
                .flaky(List.of(ids))
                .build();
    }

    @Test
    void listsNoTestsThatUntrustedRunsReport() {
        assertThat(FlakyTestFinder.inTrustedRuns(
                        List.of(pipelineRun("main-1", "Trusted"), pipelineRun("pull-1", "Untrusted"))))
                .containsExactly(new FlakyTest("named-by-main-1", "unit", 1, 1, "main-1"));
    }

    private static PipelineRun pipelineRun(String name, String trust) {
        return Serialization.unmarshal("""
                kind: PipelineRun
                metadata: {name: %1$s}
                status:
                  trust: %2$s
                  commit: abc
                  finishedAt: "2026-01-01T00:00:00Z"
                  steps:
                  - {name: unit, state: Succeeded, tests: {passed: 1, failed: 0, skipped: 0, seconds: 1, flaky: [named-by-%1$s]}}
                """.formatted(name, trust), PipelineRun.class);
    }
}
