package dev.hearth.core.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Reason;
import dev.hearth.api.Trust;
import dev.hearth.core.run.RunQueue.Entry;
import dev.hearth.core.run.RunQueue.Limits;
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
        var queue = new RunQueue("ci", LIMITS, pushed.reversed());

        assertThat(queue.starting()).containsExactly("app-0", "app-1", "app-2", "app-3");
        assertThat(queue.wait(pushed.getFirst())).isEmpty();
        assertThat(queue.wait(pushed.getLast())).hasValueSatisfying(why -> {
            assertThat(why.reason()).isEqualTo(Reason.ConcurrencyLimited);
            assertThat(why.message())
                    .isEqualTo(
                            "waiting for one of the 4 active runs of pipeline app to finish: the limit is runs.perPipeline"
                                    + " of the Helm chart's values");
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

        var queue = new RunQueue("ci", LIMITS, entries);

        assertThat(queue.starting()).containsExactly("small-100", "other-102");
        assertThat(queue.wait(entries.get(entries.size() - 2)))
                .hasValueSatisfying(why -> assertThat(why.message())
                        .startsWith("waiting for one of the 6 active runs of namespace ci to finish"));
    }

    @Test
    void pullRequestsDoNotUseSlotsOfTrustedRuns() {
        var flood = IntStream.range(0, 50)
                .mapToObj(at -> new Entry("app", "pr-" + at, Trust.Untrusted, BEGIN.plusSeconds(at), at < 2))
                .toList();
        var entries = new ArrayList<>(flood);
        entries.add(waiting("app", 1000));

        var queue = new RunQueue("ci", LIMITS, entries);

        assertThat(queue.starting()).containsExactly("app-1000");
        assertThat(queue.wait(flood.getLast()))
                .hasValueSatisfying(why -> assertThat(why.message())
                        .isEqualTo("waiting for one of the 2 active untrusted runs of pipeline app to finish:"
                                + " the limit is runs.untrustedPerPipeline of the Helm chart's values"));
    }

    /** Runs arrive and finish at random. The limits hold, no slot is unused, and all runs start. */
    @Property(tries = 200)
    void limitsHoldAndAllRunsStart(
            @ForAll("limits") Limits limits, @ForAll("runs") List<Entry> runs, @ForAll long seed) {
        var random = new Random(seed);
        var unfinished = new ArrayList<>(runs);
        while (!unfinished.isEmpty()) {
            Collections.shuffle(unfinished, random);
            var queue = new RunQueue("ci", limits, unfinished);
            var again = new ArrayList<>(unfinished);
            Collections.shuffle(again, random);
            assertThat(new RunQueue("ci", limits, again).starting()).isEqualTo(queue.starting());
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
            var full = active.size() == limits.perNamespace()
                    || siblings.size() == limits.perPipeline()
                    || (run.trust() == Trust.Untrusted
                            && (untrusted(active).size() == limits.untrustedPerNamespace()
                                    || untrusted(siblings).size() == limits.untrustedPerPipeline()));
            assertThat(run.active() || full)
                    .as("%s waits for a place that is free", run)
                    .isTrue();
            assertThat(queue.wait(run).isPresent()).isEqualTo(!run.active());
        }
    }

    @Provide
    Arbitrary<Limits> limits() {
        var limit = Arbitraries.integers().between(1, 5);
        return Combinators.combine(limit, limit, limit, limit).as(Limits::new);
    }

    @Provide
    Arbitrary<List<Entry>> runs() {
        var run = Combinators.combine(
                Arbitraries.of("a", "b", "c"),
                Arbitraries.of(Trust.class),
                Arbitraries.integers().between(0, 5));
        return run.as((pipeline, trust, second) -> new Entry(pipeline, "", trust, BEGIN.plusSeconds(second), false))
                .list()
                .ofMaxSize(30)
                .map(entries -> IntStream.range(0, entries.size())
                        .mapToObj(at -> named(entries.get(at), "run-" + at))
                        .toList());
    }

    private static Entry named(Entry run, String name) {
        return new Entry(run.pipeline(), name, run.trust(), run.created(), run.active());
    }

    private static Entry started(Entry run) {
        return new Entry(run.pipeline(), run.name(), run.trust(), run.created(), true);
    }

    private static List<Entry> untrusted(List<Entry> runs) {
        return runs.stream().filter(run -> run.trust() == Trust.Untrusted).toList();
    }

    private static Entry waiting(String pipeline, int at) {
        return new Entry(pipeline, pipeline + "-" + at, Trust.Trusted, BEGIN.plusSeconds(at), false);
    }

    private static Entry active(String pipeline, int at) {
        return started(waiting(pipeline, at));
    }
}
