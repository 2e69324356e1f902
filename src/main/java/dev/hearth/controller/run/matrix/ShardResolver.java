package dev.hearth.controller.run.matrix;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.StepStatus;
import dev.hearth.budget.Reservation;
import dev.hearth.budget.Response;
import dev.hearth.budget.ResponseBudget;
import dev.hearth.budget.ResponseTooLarge;
import dev.hearth.cluster.ShardStore;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.controller.run.results.ReportFileCollector;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.core.plan.MatrixCell;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Step;
import dev.hearth.core.testreport.ShardPlanner;
import dev.hearth.core.testreport.TestDurations;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.report.DurationsFile;
import dev.hearth.results.ResultStore;
import dev.hearth.results.RunId;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/** Splits the tests of a task by how long they took in the newest run of the same ref, else of the refs that it is based on. */
@ApplicationScoped
public class ShardResolver {
    private static final Logger LOG = Logger.getLogger(ShardResolver.class);
    private static final Duration LIMIT = Duration.ofSeconds(30);
    /** What is made of a note, compared with what other answers are made into. */
    private static final int TIMES_LARGER = 2;

    private final ResponseBudget budget;
    private final ResultStore store;
    private final ShardStore lists;

    public ShardResolver(ResponseBudget budget, ResultStore store, ShardStore lists) {
        this.budget = budget;
        this.store = store;
        this.lists = lists;
    }

    /**
     * The legs of a task that is split; a shard without tests is none, since most tools run all tests if they are told none.
     *
     * @param text of the file that lists the tests
     */
    List<Map<String, String>> legs(RunContext view, Step.MatrixReader listing, String text)
            throws MatrixFileReader.Invalid {
        var tests = ShardPlanner.list(text);
        if (tests.isEmpty()) {
            throw new MatrixFileReader.Invalid("it lists no tests");
        }
        var shards = split(view, listing, tests);
        var byShard = new TreeMap<String, String>();
        for (int at = 0; at < shards.size(); at++) {
            if (!shards.get(at).isEmpty()) {
                byShard.put(String.valueOf(at + 1), String.join("\n", shards.get(at)) + "\n");
            }
        }
        var kept = lists.keep(
                view.namespace(),
                Names.shards(view.name(), listing.name()),
                byShard,
                ObjectLabels.ofRun(view.run().getSpec().pipeline(), view.name()),
                OwnerReferences.controller(view.run()));
        return kept.keySet().stream()
                .sorted(Comparator.comparingInt(Integer::parseInt))
                .map(shard -> Map.of(MatrixCell.SHARD, shard))
                .toList();
    }

    /** Within the budget, as the notes of many shards are many megabytes: beyond it a split knows fewer durations. */
    private List<List<String>> split(RunContext view, Step.MatrixReader listing, List<String> tests) {
        var count = Objects.requireNonNull(listing.spec().shards());
        try {
            return budget.call(
                    view.namespace(),
                    LIMIT,
                    reservation -> ShardPlanner.split(tests, durations(view, listing.name(), reservation), count));
        } catch (ExecutionException | TimeoutException e) {
            LOG.infof("the tests of %s are split without durations: %s", listing.name(), e.getMessage());
            return ShardPlanner.split(tests, TestDurations.NONE, count);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ShardPlanner.split(tests, TestDurations.NONE, count);
        }
    }

    private TestDurations durations(RunContext view, String task, Reservation reservation) throws IOException {
        var refs = Stream.concat(Stream.of(view.run().getSpec().ref()), view.status().seedRefs().stream())
                .distinct()
                .toList();
        var sources = view.sources().toList();
        for (String ref : refs) {
            var newestFirst = sources.stream()
                    .filter(run -> run.getSpec().ref().equals(ref))
                    .toList();
            for (PipelineRun run : newestFirst) {
                var known = durations(run, task, reservation.response());
                if (known.isPresent()) {
                    return known.get();
                }
            }
        }
        return TestDurations.NONE;
    }

    private Optional<TestDurations> durations(PipelineRun run, String task, Response response) throws IOException {
        var status = run.getStatus();
        var known = Optional.<TestDurations>empty();
        for (StepStatus step : status == null ? List.<StepStatus>of() : status.steps()) {
            var note = step.name().startsWith(task + "[") ? note(run, step.name()) : Optional.<String>empty();
            if (note.isPresent()) {
                try {
                    response.add((long) note.get().length() * TIMES_LARGER);
                } catch (ResponseTooLarge e) {
                    return known;
                }
                var more = DurationsFile.read(note.get());
                known = Optional.of(known.map(all -> all.and(more)).orElse(more));
            }
        }
        return known;
    }

    private Optional<String> note(PipelineRun run, String step) throws IOException {
        return store.readNote(RunId.of(run), step, ReportFileCollector.DURATIONS);
    }
}
