package dev.hearth.core.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Reason;
import dev.hearth.core.run.RunQueue.Entry;
import dev.hearth.core.run.RunQueue.Limits;
import dev.hearth.core.run.RunQueue.OwnLimit;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** Whose turn it is, and that nobody waits for a place that is free. */
class RunQueueTest {
    private static final Instant BEGIN = Instant.parse("2026-06-01T00:00:00Z");
    private static final Limits LIMITS = new Limits(4, 6, 2, 3);

    @Test
    void startsTheOldestRunFirstAndExplainsWhyOthersWait() {
        var pushed = IntStream.range(0, 200).mapToObj(at -> waiting("app", at)).toList();
        var queue = queue(LIMITS, pushed.reversed());

        assertThat(queue.starting()).containsExactly("app-0", "app-1", "app-2", "app-3");
        assertThat(queue.wait(pushed.getFirst())).isEmpty();
        assertThat(queue.wait(pushed.getLast())).hasValueSatisfying(why -> {
            assertThat(why.reason()).isEqualTo(Reason.ConcurrencyLimited);
            assertThat(why.message())
                    .isEqualTo(
                            "waiting for one of the 4 active runs of pipeline app to finish: the limit is runs.perPipeline"
                                    + " of the Helm chart's values; more than 99 waiting runs of the namespace come before it");
        });
    }

    @Test
    void startsRunsOfPipelinesWithFewActiveRunsFirst() {
        var entries = new ArrayList<Entry>();
        IntStream.range(0, 4).forEach(at -> entries.add(active("large", at)));
        IntStream.range(4, 9).forEach(at -> entries.add(waiting("large", at)));
        entries.add(waiting("small", 100));
        entries.add(waiting("small", 101));
        entries.add(waiting("other", 102));

        var queue = queue(LIMITS, entries);

        assertThat(queue.starting()).containsExactly("small-100", "other-102");
        assertThat(queue.wait(entries.get(entries.size() - 2)))
                .hasValueSatisfying(why -> assertThat(why.message())
                        .startsWith("waiting for one of the 6 active runs of namespace ci to finish"));
    }

    @Test
    void pullRequestsDoNotUseSlotsOfTrustedRuns() {
        var flood = IntStream.range(0, 50)
                .mapToObj(at -> entry("app", "pr-" + at, RunPriority.UNTRUSTED, at, at < 2))
                .toList();
        var entries = new ArrayList<>(flood);
        entries.add(waiting("app", 1000));

        var queue = queue(LIMITS, entries);

        assertThat(queue.starting()).containsExactly("app-1000");
        assertThat(queue.wait(flood.getLast()))
                .hasValueSatisfying(why -> assertThat(why.message())
                        .isEqualTo("waiting for one of the 2 active untrusted runs of pipeline app to finish:"
                                + " the limit is runs.untrustedPerPipeline of the Helm chart's values;"
                                + " at most 99 waiting runs of the namespace come before it"));
    }

    @Test
    void startsRunsOfTheDefaultBranchBeforeOtherTrustedRunsAndTheseBeforeUntrustedRuns() {
        var limits = new Limits(4, 3, 4, 3);
        var entries = List.of(
                active("a", 0),
                active("a", 1),
                entry("b", "pull-request", RunPriority.UNTRUSTED, 2, false),
                entry("b", "tag", RunPriority.TRUSTED, 3, false),
                entry("a", "main", RunPriority.URGENT, 4, false));

        var queue = queue(limits, entries);

        assertThat(queue.starting()).containsExactly("main");
        assertThat(entries)
                .filteredOn(entry -> queue.waits(entry.name()))
                .extracting(entry -> queue.place(entry.name()))
                .containsExactly(
                        "at most 2 waiting runs of the namespace come before it",
                        "no waiting run of the namespace comes before it");
    }

    @Test
    void runThatHasWaitedForHoursComesBeforeNewerRunsOfEveryPriority() {
        var limits = new Limits(4, 1, 4, 1);
        var old = entry("b", "pull-request", RunPriority.UNTRUSTED, 0, false);
        var fresh = entry("a", "main", RunPriority.URGENT, Duration.ofHours(4).toSeconds(), false);

        assertThat(queue(limits, List.of(old, fresh), BEGIN.plus(Duration.ofHours(4)))
                        .starting())
                .containsExactly("main");
        assertThat(queue(
                                limits,
                                List.of(old, fresh),
                                BEGIN.plus(Duration.ofHours(4)).plusSeconds(1))
                        .starting())
                .containsExactly("pull-request");
    }

    @Test
    void limitsOfAPipelineApplyBesideThoseOfTheOperator() {
        var own = new OwnLimit("", 1, "maxRuns");
        var first = limited("app-0", 0, own);
        var second = limited("app-1", 1, own);

        var queue = queue(LIMITS, List.of(first, second));

        assertThat(queue.starting()).containsExactly("app-0");
        assertThat(queue.wait(second))
                .hasValueSatisfying(
                        why -> assertThat(why.message())
                                .isEqualTo(
                                        "waiting for the active run of pipeline app to finish: the limit is"
                                                + " spec.concurrency.maxRuns of the pipeline; no waiting run of the namespace comes before it"));
        assertThat(queue(
                                new Limits(1, 6, 1, 3),
                                List.of(
                                        limited("app-0", 0, new OwnLimit("", 3, "maxRuns")),
                                        limited("app-1", 1, new OwnLimit("", 3, "maxRuns"))))
                        .starting())
                .as("a limit of the pipeline that is higher than the operator's")
                .containsExactly("app-0");
    }

    @Test
    void runsOfAGroupTakeTurnsAndOtherRunsDoNotWaitForThem() {
        var deploy = new OwnLimit("group deploy", 1, "groups");
        var second = limited("tag-1", 1, deploy);

        var queue = queue(LIMITS, List.of(limited("tag-0", 0, deploy), second, waiting("app", 2)));

        assertThat(queue.starting()).containsExactly("tag-0", "app-2");
        assertThat(queue.wait(second))
                .hasValueSatisfying(why -> assertThat(why.message())
                        .startsWith("waiting for the active run of group deploy of pipeline app to finish: the limit is"
                                + " spec.concurrency.groups of the pipeline; "));
    }

    /** The statuses of waiting runs are written when their places change. */
    @Test
    void aRunThatFinishesChangesThePlacesOfFewRuns() {
        var runs = new ArrayList<Entry>();
        for (int at = 0; at < 2000; at++) {
            runs.add(waiting("p" + at % 7, at));
        }
        var queue = queue(LIMITS, runs);
        while (!runs.isEmpty()) {
            var started = queue.starting();
            runs.removeIf(run -> started.contains(run.name()));
            var next = queue(LIMITS, runs);
            var before = queue;
            assertThat(runs.stream()
                            .filter(run -> before.waits(run.name()) && next.waits(run.name()))
                            .filter(run -> !before.place(run.name()).equals(next.place(run.name()))))
                    .hasSizeLessThanOrEqualTo(5 * started.size());
            queue = next;
        }
    }

    /** However many runs of the default branch of other pipelines arrive, an untrusted run starts some day. */
    @Test
    void nobodyWaitsForEver() {
        var limits = new Limits(1, 1, 1, 1);
        var patient = entry("quiet", "pull-request", RunPriority.UNTRUSTED, 0, false);
        var runs = new ArrayList<Entry>(List.of(patient));
        var started = -1;
        for (int minute = 0; minute < 600 && started < 0; minute++) {
            runs.add(entry("busy", "main-" + minute, RunPriority.URGENT, minute * 60L, false));
            var starting =
                    queue(limits, runs, BEGIN.plus(Duration.ofMinutes(minute))).starting();
            if (starting.contains(patient.name())) {
                started = minute;
            }
            runs.removeIf(run -> starting.contains(run.name()));
        }
        assertThat(started).as("minutes until it starts").isEqualTo(241);
    }

    /** Runs arrive and finish at random. The limits hold, no slot is unused, and all runs start. */
    @Property(tries = 200)
    void limitsHoldAndAllRunsStart(
            @ForAll("limits") Limits limits, @ForAll("runs") List<Entry> runs, @ForAll long seed) {
        var random = new Random(seed);
        var unfinished = new ArrayList<>(runs);
        while (!unfinished.isEmpty()) {
            Collections.shuffle(unfinished, random);
            var queue = queue(limits, unfinished);
            var again = new ArrayList<>(unfinished);
            Collections.shuffle(again, random);
            assertThat(queue(limits, again).starting()).isEqualTo(queue.starting());
            unfinished.replaceAll(run -> queue.starting().contains(run.name()) ? started(run) : run);
            check(limits, unfinished, queue);
            var active = unfinished.stream().filter(Entry::active).toList();
            assertThat(active).as("active ones of %s", unfinished).isNotEmpty();
            unfinished.remove(active.get(random.nextInt(active.size())));
        }
    }

    private static void check(Limits limits, List<Entry> runs, RunQueue queue) {
        var active = runs.stream().filter(Entry::active).toList();
        assertThat(active).hasSizeLessThanOrEqualTo(limits.perNamespace());
        assertThat(untrusted(active)).hasSizeLessThanOrEqualTo(limits.untrustedPerNamespace());
        for (Entry run : runs) {
            var siblings = active.stream()
                    .filter(other -> other.pipeline().equals(run.pipeline()))
                    .toList();
            assertThat(siblings).hasSizeLessThanOrEqualTo(limits.perPipeline());
            assertThat(untrusted(siblings)).hasSizeLessThanOrEqualTo(limits.untrustedPerPipeline());
            var full = run.own().stream().anyMatch(own -> isFull(own, siblings))
                    || active.size() == limits.perNamespace()
                    || siblings.size() == limits.perPipeline()
                    || (run.priority() == RunPriority.UNTRUSTED
                            && (untrusted(active).size() == limits.untrustedPerNamespace()
                                    || untrusted(siblings).size() == limits.untrustedPerPipeline()));
            assertThat(run.active() || full)
                    .as("%s waits for a place that is free", run)
                    .isTrue();
            assertThat(queue.wait(run).isPresent()).isEqualTo(!run.active());
        }
    }

    private static boolean isFull(OwnLimit own, List<Entry> active) {
        return active.stream()
                        .filter(other -> own.group().isEmpty() || other.own().contains(own))
                        .count()
                >= own.most();
    }

    @Provide
    Arbitrary<Limits> limits() {
        var limit = Arbitraries.integers().between(1, 5);
        return Combinators.combine(limit, limit, limit, limit).as(Limits::new);
    }

    @Provide
    Arbitrary<List<Entry>> runs() {
        var own = Arbitraries.of(
                List.<OwnLimit>of(),
                List.of(new OwnLimit("", 2, "maxRuns")),
                List.of(new OwnLimit("group deploy", 1, "groups")));
        var run = Combinators.combine(
                Arbitraries.of("a", "b", "c"),
                Arbitraries.of(RunPriority.class),
                Arbitraries.integers().between(0, 20_000),
                own);
        return run.as((pipeline, priority, second, limits) ->
                        new Entry(pipeline, "", priority, BEGIN.plusSeconds(second), false, limits))
                .list()
                .ofMaxSize(30)
                .map(entries -> IntStream.range(0, entries.size())
                        .mapToObj(at -> named(entries.get(at), "run-" + at))
                        .toList());
    }

    private static RunQueue queue(Limits limits, List<Entry> entries) {
        return queue(limits, entries, BEGIN.plusSeconds(2_000));
    }

    private static RunQueue queue(Limits limits, List<Entry> entries, Instant now) {
        return new RunQueue("ci", limits, entries, now);
    }

    private static Entry named(Entry run, String name) {
        return new Entry(run.pipeline(), name, run.priority(), run.since(), run.active(), run.own());
    }

    private static Entry started(Entry run) {
        return new Entry(run.pipeline(), run.name(), run.priority(), run.since(), true, run.own());
    }

    private static List<Entry> untrusted(List<Entry> runs) {
        return runs.stream()
                .filter(run -> run.priority() == RunPriority.UNTRUSTED)
                .toList();
    }

    private static Entry entry(String pipeline, String name, RunPriority priority, long at, boolean active) {
        return new Entry(pipeline, name, priority, BEGIN.plusSeconds(at), active, List.of());
    }

    private static Entry limited(String name, long at, OwnLimit own) {
        return new Entry("app", name, RunPriority.TRUSTED, BEGIN.plusSeconds(at), false, List.of(own));
    }

    private static Entry waiting(String pipeline, int at) {
        return entry(pipeline, pipeline + "-" + at, RunPriority.TRUSTED, at, false);
    }

    private static Entry active(String pipeline, int at) {
        return started(waiting(pipeline, at));
    }
}
