package dev.hearth.core.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.HistorySpec;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.Trust;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.retention.RunHistory.End;
import dev.hearth.core.retention.RunHistory.Run;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Which runs are retained, however many others there are. */
class RunHistoryTest {
    private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");
    private static final List<String> REFS =
            List.of("refs/heads/main", "refs/heads/next", "refs/tags/v1", "refs/pull/1/head", "refs/pull/2/head");

    @Test
    void retainsTheNewestRunOfEachRefFirst() {
        var runs = List.of(
                run("busy-1", "refs/heads/main", 1),
                run("busy-2", "refs/heads/main", 2),
                run("busy-3", "refs/heads/main", 3),
                run("quiet", "refs/heads/next", 9));

        assertThat(RunHistory.expired(new HistorySpec(2, "30d", null), runs, NOW))
                .containsExactly("busy-3", "busy-2");
    }

    @Test
    void retainsFailedRunsOfTrustedRefsInAddition() {
        var runs = new ArrayList<Run>();
        IntStream.range(0, 10).forEach(number -> runs.add(run("good-" + number, "refs/heads/main", number)));
        runs.add(failed("failed", 20));

        assertThat(RunHistory.expired(new HistorySpec(3, "30d", null), runs, NOW))
                .containsExactly("good-9", "good-8", "good-7", "good-6", "good-5", "good-4", "good-3");
        assertThat(RunHistory.expired(new HistorySpec(3, "10h", null), runs, NOW))
                .contains("failed");
    }

    @Test
    void skippedRunsDisplaceNoOthers() {
        var runs = List.of(
                skipped("skipped-1", 1),
                skipped("skipped-2", 2),
                skipped("skipped-3", 3),
                run("good-1", "refs/heads/main", 4),
                run("good-2", "refs/heads/main", 5),
                run("good-3", "refs/heads/main", 6));

        assertThat(RunHistory.expired(new HistorySpec(2, "30d", null), runs, NOW))
                .containsExactly("good-3", "skipped-3");
    }

    @Test
    void retainsTheNewestSuccessOfEachTrustedRefHoweverOld() {
        var runs = List.of(
                run("untrusted", "refs/pull/1/head", 20),
                run("main", "refs/heads/main", 30),
                run("main-before", "refs/heads/main", 40),
                run("tag", "refs/tags/v1", 50),
                run("next", "refs/heads/next", 60));

        assertThat(RunHistory.expired(new HistorySpec(3, "1h", null), runs, NOW))
                .containsExactly("main-before", "untrusted");
        assertThat(RunHistory.expired(new HistorySpec(2, "1h", null), runs, NOW))
                .as("of two refs at most")
                .containsExactly("next", "main-before", "untrusted");
    }

    @Test
    void failedRunsHaveAnAgeOfTheirOwn() {
        var runs = List.of(
                run("good", "refs/heads/main", 5),
                run("older", "refs/heads/main", 20),
                failed("failed", 10),
                failed("failed-before", 30));

        assertThat(RunHistory.expired(new HistorySpec(9, "15h", "20h"), runs, NOW))
                .containsExactly("failed-before", "older");
        assertThat(RunHistory.expired(new HistorySpec(9, "40h", "8h"), runs, NOW))
                .containsExactly("failed-before", "failed");
    }

    @Property
    void untrustedRunsNeverDisplaceTrustedOnes(
            @ForAll("runs") List<Run> runs, @ForAll @IntRange(min = 1, max = 5) int keep, @ForAll("floods") int flood) {
        var history = new HistorySpec(keep, "30d", null);
        var trusted = runs.stream()
                .filter(run -> run.trust().equals(Optional.of(Trust.Trusted)))
                .toList();
        var flooded = new ArrayList<>(runs);
        IntStream.range(0, flood)
                .forEach(number -> flooded.add(new Run(
                        "flood-" + number,
                        GitRef.of("refs/pull/" + number % 3 + "/head"),
                        Optional.of(Trust.Untrusted),
                        Optional.of(NOW),
                        Optional.of(End.FAILED))));

        var expired = new HashSet<>(RunHistory.expired(history, flooded, NOW));

        assertThat(trusted.stream().map(Run::name).filter(expired::contains))
                .containsExactlyInAnyOrderElementsOf(RunHistory.expired(history, trusted, NOW));
    }

    @Property
    void runsOfOneRefNeverDisplaceTheNewestRunOfAnother(@ForAll("runs") List<Run> runs, @ForAll("floods") int flood) {
        var history = new HistorySpec(REFS.size(), "30d", null);
        var flooded = new ArrayList<>(runs);
        IntStream.range(0, flood).forEach(number -> flooded.add(run("flood-" + number, "refs/pull/1/head", 0)));

        var expired = RunHistory.expired(history, flooded, NOW);

        REFS.forEach(ref ->
                newest(flooded, ref).ifPresent(newest -> assertThat(expired).doesNotContain(newest.name())));
    }

    @Property
    void limitsTheNumberOfRuns(@ForAll("runs") List<Run> runs, @ForAll @IntRange(min = 1, max = 3) int keep) {
        var finished = runs.stream().filter(run -> run.finishedAt().isPresent()).count();

        assertThat(finished
                        - RunHistory.expired(new HistorySpec(keep, "30d", null), runs, NOW)
                                .size())
                .isLessThanOrEqualTo(8L * keep);
    }

    @Property
    void retainsUnfinishedRuns(@ForAll("runs") List<Run> runs) {
        assertThat(RunHistory.expired(new HistorySpec(1, "1m", null), runs, NOW))
                .noneMatch(name -> runs.stream()
                        .anyMatch(run ->
                                run.name().equals(name) && run.finishedAt().isEmpty()));
    }

    @Provide
    static Arbitrary<List<Run>> runs() {
        return Combinators.combine(
                        Arbitraries.of(REFS),
                        Arbitraries.of(Trust.values()).optional(),
                        Arbitraries.integers().between(0, 600),
                        Arbitraries.of(End.values()).optional())
                .as((ref, trust, hours, end) -> new Run(
                        "",
                        GitRef.of(ref),
                        ref.startsWith("refs/pull/") ? trust.map(_ -> Trust.Untrusted) : trust,
                        end.map(_ -> NOW.minus(Duration.ofHours(hours))),
                        end))
                .list()
                .ofMaxSize(40)
                .map(list -> IntStream.range(0, list.size())
                        .mapToObj(at -> {
                            var it = list.get(at);
                            return new Run("run-" + at, it.ref(), it.trust(), it.finishedAt(), it.end());
                        })
                        .toList());
    }

    @Provide
    static Arbitrary<Integer> floods() {
        return Arbitraries.integers().between(0, 60);
    }

    /** Returns the newest finished run of a ref. */
    private static Optional<Run> newest(List<Run> runs, String ref) {
        return runs.stream()
                .filter(run -> run.ref().name().equals(ref) && run.finishedAt().isPresent())
                .max(Comparator.comparing((Run run) -> run.finishedAt().orElseThrow())
                        .thenComparing(Run::name));
    }

    private static Run run(String name, String ref, int hoursAgo) {
        var trust = ref.startsWith("refs/pull/") ? Trust.Untrusted : Trust.Trusted;
        return new Run(
                name,
                GitRef.of(ref),
                Optional.of(trust),
                Optional.of(NOW.minus(Duration.ofHours(hoursAgo))),
                Optional.of(End.SUCCEEDED));
    }

    private static Run skipped(String name, int hoursAgo) {
        return new Run(
                name,
                GitRef.of("refs/heads/main"),
                Optional.of(Trust.Trusted),
                Optional.of(NOW.minus(Duration.ofHours(hoursAgo))),
                Optional.of(End.SKIPPED));
    }

    private static Run failed(String name, int hoursAgo) {
        return new Run(
                name,
                GitRef.of("refs/heads/main"),
                Optional.of(Trust.Trusted),
                Optional.of(NOW.minus(Duration.ofHours(hoursAgo))),
                Optional.of(End.FAILED));
    }

    /** The operator's clock may have been behind when it recorded the time. */
    @Test
    void runHasNotFinishedBeforeItWasCreated() {
        var run = Serialization.unmarshal("""
                kind: PipelineRun
                metadata: {name: app-1, creationTimestamp: "2026-03-01T12:00:00Z"}
                spec: {pipeline: app, ref: refs/heads/main}
                status: {phase: Failed, trust: Trusted, finishedAt: "1970-01-01T00:00:00Z"}
                """, PipelineRun.class);

        assertThat(RunHistory.Run.of(run))
                .isEqualTo(new RunHistory.Run(
                        "app-1",
                        GitRef.of("refs/heads/main"),
                        Optional.of(Trust.Trusted),
                        Optional.of(Instant.parse("2026-03-01T12:00:00Z")),
                        Optional.of(RunHistory.End.FAILED)));
    }
}
